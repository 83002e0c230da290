package dev.devmesh.event;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Which trace a piece of work belongs to, as of W3C Trace Context. Kept as numbers: most are never written.
 *
 * @param high the first half of the trace's id
 * @param low its second half
 * @param parent the span above
 * @param isSampled whether the trace is recorded
 */
public record TraceContext(long high, long low, long parent, boolean isSampled) {

    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** A trace that begins here. */
    public static TraceContext begin() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new TraceContext(random.nextLong(), random.nextLong(), random.nextLong(), false);
    }

    /** The trace that a {@code traceparent} value names, or a new one where it is absent or malformed. */
    public static TraceContext from(@Nullable String traceparent) {
        if (traceparent == null || !isWellFormed(traceparent)) {
            return begin();
        }
        return new TraceContext(
                HexFormat.fromHexDigitsToLong(traceparent, 3, 19),
                HexFormat.fromHexDigitsToLong(traceparent, 19, 35),
                HexFormat.fromHexDigitsToLong(traceparent, 36, 52),
                (HexFormat.fromHexDigits(traceparent, 53, 55) & 1) == 1);
    }

    /** The trace's id: 32 lower-case hexadecimal digits. */
    public String traceId() {
        byte[] text = new byte[32];
        write(high, text, 0);
        write(low, text, 16);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** This trace as a {@code traceparent} value. */
    public String traceparent() {
        byte[] text = new byte[55]; // in one piece: every answer carries it
        text[0] = '0';
        text[1] = '0';
        text[2] = '-';
        write(high, text, 3);
        write(low, text, 19);
        text[35] = '-';
        write(parent, text, 36);
        text[52] = '-';
        text[53] = '0';
        text[54] = (byte) (isSampled ? '1' : '0');
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static void write(long number, byte[] text, int from) {
        for (int i = 0; i < 16; i++) {
            text[from + i] = DIGITS[(int) (number >>> 60 - 4 * i & 0xF)];
        }
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
