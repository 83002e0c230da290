package dev.devmesh.store;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
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

    /**
     * The place behind which a listing goes on.
     *
     * @param cursor as {@link Page#nextCursor()} said, or empty
     * @return null for the beginning
     * @throws MeshException {@link ErrorCode#INVALID_VALUE} as {@link #of}
     */
    public static @Nullable Position after(String cursor) {
        return cursor.isEmpty() ? null : of(cursor);
    }

    /**
     * A page of what was found.
     *
     * @param found of a listing in this order, one more than {@code limit} if there are so many
     * @param limit how many the page may hold
     * @param place where an entry is in the listing
     */
    public static <T> Page<T> page(List<T> found, int limit, Function<? super T, Position> place) {
        return found.size() <= limit
                ? new Page<>(found, "")
                : new Page<>(
                        found.subList(0, limit),
                        place.apply(found.get(limit - 1)).cursor());
    }

    /**
     * Goes on if a page may hold so many entries.
     *
     * @throws MeshException {@link ErrorCode#INVALID_VALUE} if they are not 1 to {@code most}
     */
    public static void requireLimit(int limit, int most) {
        if (limit < 1 || limit > most) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE, "The limit of a listing must be 1 to " + most + ", is " + limit + ".", "");
        }
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
