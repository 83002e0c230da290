package dev.devmesh.limit;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.function.BiConsumer;

/**
 * What a caller is told of its rate: {@code X-RateLimit-*}, and {@code RateLimit} with {@code RateLimit-Policy} of the IETF's
 * draft. Both speak of the burst, which is what can be left; the window is the time in which a burst comes back.
 */
public final class RateHeaders {

    private RateHeaders() {}

    /**
     * Hands over the header fields, by name and value.
     *
     * @param fields takes them; every value is printable ASCII
     */
    public static void write(Charge charge, BiConsumer<String, String> fields) {
        RateLimitDecision decision = charge.decision();
        RateLimitPolicy policy = charge.policy();
        int limit = decision.limit();
        String name = quoted(policy.name());
        fields.accept("X-RateLimit-Limit", Integer.toString(limit));
        fields.accept("X-RateLimit-Remaining", Integer.toString(decision.remaining()));
        fields.accept(
                "X-RateLimit-Reset",
                Long.toString(charge.after(decision.reset()).getEpochSecond()));
        fields.accept("RateLimit-Policy", name + ";q=" + limit + ";w=" + window(limit, policy.requestsPerMinute()));
        fields.accept("RateLimit", name + ";r=" + decision.remaining() + ";t=" + seconds(decision.reset()));
    }

    /** In whole seconds, rounded up. */
    private static long seconds(Duration time) {
        return time.toSeconds() + (time.toNanosPart() > 0 ? 1 : 0);
    }

    /** In how many seconds a burst comes back, rounded up. */
    private static long window(int burst, int perMinute) {
        long minute = ChronoUnit.MINUTES.getDuration().toSeconds();
        return (burst * minute + perMinute - 1) / perMinute;
    }

    /** A string of structured fields: what it cannot hold becomes an underscore. */
    private static String quoted(String name) {
        StringBuilder text = new StringBuilder(name.length() + 2).append('"');
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            text.append(c >= ' ' && c < 0x7F && c != '"' && c != '\\' ? c : '_');
        }
        return text.append('"').toString();
    }
}
