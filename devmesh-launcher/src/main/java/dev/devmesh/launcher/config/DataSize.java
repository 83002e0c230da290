package dev.devmesh.launcher.config;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, written with a binary unit: {@code 512B}, {@code 64KiB}, {@code 10MiB}, {@code 1GiB}. Immutable.
 *
 * @param bytes at least 0
 */
public record DataSize(long bytes) implements Comparable<DataSize> {

    private static final Pattern FORM = Pattern.compile("(\\d{1,12})\\s?(B|KIB|MIB|GIB)");

    /** Checks that the size is not negative. */
    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is at least 0 bytes, is " + bytes);
        }
    }

    /** So many KiB. */
    public static DataSize ofKibibytes(long kibibytes) {
        return new DataSize(Math.multiplyExact(kibibytes, 1L << 10));
    }

    /** So many MiB. */
    public static DataSize ofMebibytes(long mebibytes) {
        return new DataSize(Math.multiplyExact(mebibytes, 1L << 20));
    }

    /** The size of this text, or empty when it is none. Only binary units are read: 1 MB would be ambiguous. */
    static Optional<DataSize> parse(String text) {
        Matcher matcher = FORM.matcher(text.toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int shift = switch (matcher.group(2)) {
            case "KIB" -> 10;
            case "MIB" -> 20;
            case "GIB" -> 30;
            default -> 0;
        };
        long count = Long.parseLong(matcher.group(1));
        return count > (Long.MAX_VALUE >> shift) ? Optional.empty() : Optional.of(new DataSize(count << shift));
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }

    @Override
    public String toString() {
        if (bytes > 0 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + "GiB";
        }
        if (bytes > 0 && bytes % (1L << 20) == 0) {
            return (bytes >> 20) + "MiB";
        }
        if (bytes > 0 && bytes % (1L << 10) == 0) {
            return (bytes >> 10) + "KiB";
        }
        return bytes + "B";
    }
}
