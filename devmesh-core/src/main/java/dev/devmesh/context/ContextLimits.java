package dev.devmesh.context;

import java.time.Duration;
import java.util.Objects;

/**
 * The numbers that keep contexts within bounds. What goes beyond one of them is refused with {@link
 * dev.devmesh.ErrorCode#INVALID_VALUE}.
 *
 * <p>Immutable. Start from {@link #defaults()} and change what differs.
 *
 * @param nameCharacters how many characters the name of a context or of an agent may have; 200
 * @param contentBytes how many bytes of UTF-8 the text of an item may have; 1 MiB
 * @param metadataBytes how many bytes of JSON the metadata of a context or of an item may have; 64 KiB
 * @param itemsPerAppend how many items may be appended at once; 100
 * @param itemsPerPage how many items may be read at once; 200
 * @param questionCharacters how many characters the text of a search may have; 4,096
 * @param longestLife how long a context that expires may live; 3,650 days
 */
public record ContextLimits(
        int nameCharacters,
        int contentBytes,
        int metadataBytes,
        int itemsPerAppend,
        int itemsPerPage,
        int questionCharacters,
        Duration longestLife) {

    private static final ContextLimits DEFAULTS =
            new ContextLimits(200, 1 << 20, 64 << 10, 100, 200, 4_096, Duration.ofDays(3_650));

    /** Checks that each number is at least 1. */
    public ContextLimits {
        Objects.requireNonNull(longestLife, "longestLife");
        atLeastOne("nameCharacters", nameCharacters);
        atLeastOne("contentBytes", contentBytes);
        atLeastOne("metadataBytes", metadataBytes);
        atLeastOne("itemsPerAppend", itemsPerAppend);
        atLeastOne("itemsPerPage", itemsPerPage);
        atLeastOne("questionCharacters", questionCharacters);
        if (longestLife.isNegative() || longestLife.isZero()) {
            throw new IllegalArgumentException("longestLife must be longer than zero, is " + longestLife);
        }
    }

    /** The defaults named above. */
    public static ContextLimits defaults() {
        return DEFAULTS;
    }

    /** These limits with other sizes of an item's text and of metadata. */
    public ContextLimits withSizes(int content, int metadata) {
        return new ContextLimits(
                nameCharacters, content, metadata, itemsPerAppend, itemsPerPage, questionCharacters, longestLife);
    }

    /** These limits with other numbers of items that are appended and read at once. */
    public ContextLimits withItems(int perAppend, int perPage) {
        return new ContextLimits(
                nameCharacters, contentBytes, metadataBytes, perAppend, perPage, questionCharacters, longestLife);
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, is " + value);
        }
    }
}
