package dev.devmesh.event;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Which trace a piece of work belongs to, as of W3C Trace Context.
 *
 * @param traceId 32 lower-case hexadecimal digits
 * @param parentId the span above, 16 lower-case hexadecimal digits
 * @param sampled whether the trace is recorded
 */
public record TraceContext(String traceId, String parentId, boolean sampled) {

    private static final HexFormat HEX = HexFormat.of();

    /** A trace that begins here. */
    public static TraceContext begin() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new TraceContext(
                HEX.toHexDigits(random.nextLong()) + HEX.toHexDigits(random.nextLong()),
                HEX.toHexDigits(random.nextLong()),
                false);
    }

    /** The trace that a {@code traceparent} value names, or a new one where it is absent or malformed. */
    public static TraceContext from(@Nullable String traceparent) {
        if (traceparent == null || !isWellFormed(traceparent)) {
            return begin();
        }
        boolean sampled = (HexFormat.fromHexDigits(traceparent, 53, 55) & 1) == 1;
        return new TraceContext(traceparent.substring(3, 35), traceparent.substring(36, 52), sampled);
    }

    /** This trace as a {@code traceparent} value. */
    public String traceparent() {
        return "00-" + traceId + "-" + parentId + (sampled ? "-01" : "-00");
    }

    private static boolean isWellFormed(String value) {
        // version 00 has exactly 55 characters; a later version may append fields behind a hyphen
        boolean lengthFits =
                value.length() == 55 || (value.length() > 55 && value.charAt(55) == '-' && !value.startsWith("00"));
        return lengthFits
                && isHex(value, 0, 2)
                && !value.startsWith("ff")
                && value.charAt(2) == '-'
                && isHex(value, 3, 35)
                && value.charAt(35) == '-'
                && isHex(value, 36, 52)
                && value.charAt(52) == '-'
                && isHex(value, 53, 55)
                && !isZero(value, 3, 35)
                && !isZero(value, 36, 52);
    }

    private static boolean isHex(String value, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = value.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isZero(String value, int from, int to) {
        for (int i = from; i < to; i++) {
            if (value.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }
}
