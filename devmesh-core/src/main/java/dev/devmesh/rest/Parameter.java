package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A parameter in the query of a route.
 *
 * @param name as it is written in the query
 * @param description one sentence without its full stop
 * @param isInteger whether it is a whole number; else a text
 * @param least the smallest number, or 0
 * @param most the largest number, or the most characters
 * @param standard the number that goes when there is none; the text is empty then
 */
record Parameter(String name, String description, boolean isInteger, long least, long most, long standard) {

    /** Where a page goes on. */
    static final Parameter CURSOR = text("cursor", 200, "next_cursor of the page before");

    /** Checks that nothing is missing. */
    Parameter {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(description, "description");
    }

    static Parameter text(String name, int mostCharacters, String description) {
        return new Parameter(name, description, false, 0, mostCharacters, 0);
    }

    static Parameter integer(String name, long least, long most, long standard, String description) {
        return new Parameter(name, description, true, least, most, standard);
    }

    /** How many entries a page holds at most. */
    static Parameter limit(int most, int standard) {
        return integer("limit", 1, most, standard, "How many entries a page holds at most");
    }

    /**
     * The number that was given.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_VALUE} if it is none, or out of range
     */
    long number(@Nullable String given) {
        if (given == null) {
            return standard;
        }
        try {
            long value = Long.parseLong(given);
            if (value >= least && value <= most && given.charAt(0) != '+') {
                return value;
            }
        } catch (NumberFormatException none) {
            throw refused("must be a whole number", none);
        }
        throw refused("must be " + least + " to " + most, null);
    }

    /**
     * The text that was given.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_VALUE} if it is too long
     */
    String text(@Nullable String given) {
        if (given == null) {
            return "";
        }
        if (given.codePointCount(0, given.length()) > most) {
            throw refused("has at most " + most + " characters", null);
        }
        return given;
    }

    private MeshException refused(String rule, @Nullable Throwable cause) {
        return new MeshException(
                ErrorCode.INVALID_VALUE,
                "Parameter " + name + " " + rule + ".",
                "Change the query, or leave the parameter out.",
                null,
                cause);
    }
}
