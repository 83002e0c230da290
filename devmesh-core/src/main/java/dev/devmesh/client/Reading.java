package dev.devmesh.client;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads members that a server may have left out. */
final class Reading {

    private Reading() {}

    /** The text, or an empty one where there is none. */
    static String text(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isString() ? value.stringValue() : "";
    }

    static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        for (JsonNode value : array) {
            if (value.isString()) {
                texts.add(value.stringValue());
            }
        }
        return texts;
    }

    static Optional<ObjectNode> object(JsonNode object, String name) {
        return object.path(name) instanceof ObjectNode found ? Optional.of(found) : Optional.empty();
    }

    static Optional<Boolean> flag(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isBoolean() ? Optional.of(value.asBoolean()) : Optional.empty();
    }

    /** A number that counts something, or empty where it is absent or none. */
    static OptionalLong count(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isIntegralNumber() && value.canConvertToLong() && value.asLong() >= 0
                ? OptionalLong.of(value.asLong())
                : OptionalLong.empty();
    }

    static Optional<Duration> millis(JsonNode object, String name) {
        OptionalLong millis = count(object, name);
        return millis.isPresent() ? Optional.of(Duration.ofMillis(millis.getAsLong())) : Optional.empty();
    }

    static Optional<Instant> instant(JsonNode object, String name) {
        try {
            return Optional.of(Instant.parse(text(object, name)));
        } catch (DateTimeException e) {
            return Optional.empty(); // absent, or not a point in time
        }
    }
}
