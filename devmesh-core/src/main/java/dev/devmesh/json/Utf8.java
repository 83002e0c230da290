package dev.devmesh.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Checks text before it is parsed: Jackson takes overlong forms, encoded surrogates and escapes of half a surrogate
 * pair, which cannot be written again or are read differently by the next program.
 */
final class Utf8 {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long ONES = 0x0101010101010101L;
    private static final long BACKSLASHES = 0x5C5C5C5C5C5C5C5CL;

    private Utf8() {}

    /**
     * The index of the first byte that is not well-formed UTF-8 or starts an escape of an unpaired surrogate, or -1.
     * Backslashes are looked at everywhere: outside of strings they are an error that the parser reports.
     */
    static int firstFault(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int i = offset;
        while (i < end) {
            while (end - i >= Long.BYTES) {
                long eight = (long) LONGS.get(bytes, i);
                long backslash = eight ^ BACKSLASHES;
                if ((eight & HIGH_BITS) != 0 || ((backslash - ONES) & ~backslash & HIGH_BITS) != 0) {
                    break;
                }
                i += Long.BYTES;
            }
            if (i == end) {
                break;
            }
            int next =
                    bytes[i] < 0 ? afterSequence(bytes, i, end) : bytes[i] == '\\' ? afterEscape(bytes, i, end) : i + 1;
            if (next < 0) {
                return i;
            }
            i = next;
        }
        return -1;
    }

    private static int afterSequence(byte[] bytes, int i, int end) {
        int lead = bytes[i] & 0xFF;
        if (lead < 0xC2 || lead > 0xF4) {
            return -1;
        }
        int size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (end - i < size) {
            return -1;
        }
        int second = bytes[i + 1] & 0xFF;
        int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (second < lowest || second > highest) {
            return -1;
        }
        for (int k = 2; k < size; k++) {
            if ((bytes[i + k] & 0xC0) != 0x80) {
                return -1;
            }
        }
        return i + size;
    }

    private static int afterEscape(byte[] bytes, int i, int end) {
        int unit = unit(bytes, i, end);
        if (unit < 0) {
            return Math.min(i + 2, end);
        }
        if (Character.isLowSurrogate((char) unit)) {
            return -1;
        }
        if (!Character.isHighSurrogate((char) unit)) {
            return i + 6;
        }
        int low = unit(bytes, i + 6, end);
        return low >= 0 && Character.isLowSurrogate((char) low) ? i + 12 : -1;
    }

    /** The UTF-16 unit that the escape at {@code i} stands for, or -1 if no such escape is there. */
    private static int unit(byte[] bytes, int i, int end) {
        if (end - i < 6 || bytes[i] != '\\' || bytes[i + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int k = 2; k < 6; k++) {
            int digit = Character.digit(bytes[i + k], 16);
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }
}
