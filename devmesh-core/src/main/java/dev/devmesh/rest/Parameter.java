package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.json.Json;
import dev.devmesh.json.MalformedJson;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * A parameter in the query of a route.
 *
 * @param name as it is written in the query
 * @param description one sentence without its full stop
 * @param kind what it is
 * @param least the smallest number, or 0
 * @param most the largest number, or the most characters
 * @param standard the number that goes when there is none; the text is empty then
 */
record Parameter(String name, String description, Kind kind, long least, long most, long standard) {

    enum Kind {
        TEXT,
        INTEGER,
        /** A time as RFC 3339 has it. */
        TIME,
        /** Any number of parameters, each with a name of its own behind this one's and a full stop. */
        MEMBERS
    }

    /** Where a page goes on. */
    static final Parameter CURSOR = text("cursor", 200, "next_cursor of the page before");

    /** Checks that nothing is missing. */
    Parameter {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(description, "description");
    }

    static Parameter text(String name, int mostCharacters, String description) {
        return new Parameter(name, description, Kind.TEXT, 0, mostCharacters, 0);
    }

    static Parameter integer(String name, long least, long most, long standard, String description) {
        return new Parameter(name, description, Kind.INTEGER, least, most, standard);
    }

    static Parameter time(String name, String description) {
        return new Parameter(name, description, Kind.TIME, 0, 64, 0);
    }

    /** Parameters such as {@code metadata.branch=main}. */
    static Parameter members(String name, int mostCharacters, String description) {
        return new Parameter(name, description, Kind.MEMBERS, 0, mostCharacters, 0);
    }

    /** The name for people: of members with what stands for the names of their own. */
    String pattern() {
        return kind == Kind.MEMBERS ? name + ".NAME" : name;
    }

    /** Whether a parameter of this name in the query is this one. */
    boolean covers(String given) {
        return kind == Kind.MEMBERS
                ? given.startsWith(name + ".") && given.length() > name.length() + 1
                : given.equals(name);
    }

    /** Refuses what the query has for it if that is not what it must be. */
    void check(Map<String, String> query) {
        switch (kind) {
            case TEXT -> text(query.get(name));
            case INTEGER -> number(query.get(name));
            case TIME -> time(query.get(name));
            case MEMBERS -> members(query);
        }
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

    /**
     * The time that was given.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_VALUE} if it is none
     */
    Optional<Instant> time(@Nullable String given) {
        if (given == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(OffsetDateTime.parse(text(given)).toInstant());
        } catch (DateTimeParseException none) {
            throw refused("must be a time such as 2026-01-31T12:00:00Z", none);
        }
    }

    /**
     * The members that were given. A value that is a JSON string, number, {@code true}, {@code false} or {@code null} is that,
     * any other is the text itself: {@code 42} is a number, {@code "42"} with its quotes and {@code main} are strings.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_VALUE} if one is too long
     */
    ObjectNode members(Map<String, String> query) {
        ObjectNode members = Json.object();
        query.forEach((given, value) -> {
            if (covers(given)) {
                members.set(given.substring(name.length() + 1), scalar(text(value)));
            }
        });
        return members;
    }

    private static JsonNode scalar(String text) {
        try {
            JsonNode value = Json.parse(text);
            return value.isContainer() ? StringNode.valueOf(text) : value;
        } catch (MalformedJson plain) {
            return StringNode.valueOf(text);
        }
    }

    private MeshException refused(String rule, @Nullable Throwable cause) {
        return new MeshException(
                ErrorCode.INVALID_VALUE,
                "Parameter " + pattern() + " " + rule + ".",
                "Change the query, or leave the parameter out.",
                null,
                cause);
    }
}
