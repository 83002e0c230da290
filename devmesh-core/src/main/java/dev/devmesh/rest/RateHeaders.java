package dev.devmesh.rest;

import dev.devmesh.limit.Charge;
import dev.devmesh.limit.RateLimitDecision;
import dev.devmesh.limit.RateLimitPolicy;
import java.time.Duration;
import java.time.Instant;

/**
 * What a caller is told of its rate: {@code X-RateLimit-*}, and {@code RateLimit} with {@code RateLimit-Policy} of the IETF's
 * draft. Both speak of the burst, which is what can be left; the window is the time in which a burst comes back.
 */
final class RateHeaders {

    private RateHeaders() {}

    static RestResponse on(RestResponse answer, Charge charge, Instant now) {
        RateLimitDecision decision = charge.decision();
        RateLimitPolicy policy = charge.policy();
        Instant reset = now.plus(decision.reset());
        long resetSecond = reset.getEpochSecond() + (reset.getNano() > 0 ? 1 : 0);
        Duration window = Duration.ofMinutes(1).multipliedBy(decision.limit()).dividedBy(policy.requestsPerMinute());
        String name = quoted(policy.name());
        return answer.with("X-RateLimit-Limit", Integer.toString(decision.limit()))
                .with("X-RateLimit-Remaining", Integer.toString(decision.remaining()))
                .with("X-RateLimit-Reset", Long.toString(resetSecond))
                .with("RateLimit-Policy", name + ";q=" + decision.limit() + ";w=" + RestResponse.seconds(window))
                .with(
                        "RateLimit",
                        name + ";r=" + decision.remaining() + ";t=" + RestResponse.seconds(decision.reset()));
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
