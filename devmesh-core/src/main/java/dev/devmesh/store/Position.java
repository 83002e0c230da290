package dev.devmesh.store;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in a listing that is ordered newest first: the time and the id of the entry that was listed last.
 *
 * <p>Immutable. Its natural order is that of the listing: later times first, then higher ids first, both as {@code
 * ORDER BY created_at DESC, id DESC} has it with ids compared byte by byte.
 *
 * @param createdAt when the entry was created
 * @param id the id of the entry
 */
public record Position(Instant createdAt, String id) implements Comparable<Position> {

    private static final Comparator<Position> NEWEST_FIRST = Comparator.comparing(Position::createdAt)
            .thenComparing(Position::id)
            .reversed();

    // Seconds, nanoseconds and id. The bounds keep what a caller made up from overflowing an Instant.
    private static final Pattern FORM = Pattern.compile("1\\.(-?[0-9]{1,12})\\.([0-9]{1,9})\\.([A-Za-z0-9._-]{1,64})");
    private static final int MAX_CURSOR = 200;

    /** Checks that nothing is missing. */
    public Position {
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(id, "id");
    }

    /** The opaque form that travels. */
    public String cursor() {
        String plain = "1." + createdAt.getEpochSecond() + "." + createdAt.getNano() + "." + id;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * The place that {@link #cursor()} wrote.
     *
     * @throws MeshException {@link ErrorCode#INVALID_VALUE} if it did not write this
     */
    public static Position of(String cursor) {
        if (cursor.length() <= MAX_CURSOR) {
            try {
                byte[] plain = Base64.getUrlDecoder().decode(cursor);
                Matcher parts = FORM.matcher(new String(plain, StandardCharsets.ISO_8859_1));
                if (parts.matches()) {
                    Instant createdAt =
                            Instant.ofEpochSecond(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)));
                    return new Position(createdAt, parts.group(3));
                }
            } catch (IllegalArgumentException | DateTimeException notACursor) {
                throw unknown(notACursor);
            }
        }
        throw unknown(null);
    }

    private static MeshException unknown(@Nullable Throwable cause) {
        return new MeshException(
                ErrorCode.INVALID_VALUE,
                "The cursor is not one that a listing returned.",
                "Pass next_cursor of the last page unchanged, or leave it out to begin again.",
                null,
                cause);
    }

    @Override
    public int compareTo(Position other) {
        return NEWEST_FIRST.compare(this, other);
    }
}
