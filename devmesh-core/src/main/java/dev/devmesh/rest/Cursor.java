package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Opaque places in listings whose order is that of a name or a number. */
final class Cursor {

    private Cursor() {}

    /** The place behind the entry of this name. */
    static String behind(String listing, String name) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((listing + ":" + name).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The name that {@link #behind} was given.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_VALUE} if it did not write this for this listing
     */
    static String name(String listing, String cursor) {
        try {
            String plain = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (plain.startsWith(listing + ":")) {
                return plain.substring(listing.length() + 1);
            }
        } catch (IllegalArgumentException notBase64) {
            throw unknown(notBase64);
        }
        throw unknown(null);
    }

    /** {@link #name}, where that is a number. */
    static long number(String listing, String cursor) {
        try {
            return Long.parseLong(name(listing, cursor));
        } catch (NumberFormatException none) {
            throw unknown(none);
        }
    }

    private static MeshException unknown(@Nullable Throwable cause) {
        return new MeshException(
                ErrorCode.INVALID_VALUE,
                "The cursor is not one that this listing returned.",
                "Pass next_cursor of the last page unchanged, or leave it out to begin again.",
                null,
                cause);
    }
}
