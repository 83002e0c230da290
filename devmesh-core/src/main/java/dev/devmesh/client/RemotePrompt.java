package dev.devmesh.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A prompt that a server offers, as it describes it.
 *
 * <p>Immutable; the tree must not be changed.
 *
 * @param name under which it is asked for
 * @param title for people, or empty
 * @param description what it is for, or empty
 * @param arguments what can be filled in
 * @param json all of it, as it came
 */
public record RemotePrompt(String name, String title, String description, List<Argument> arguments, ObjectNode json) {

    /** Copies the arguments. */
    public RemotePrompt {
        Objects.requireNonNull(name, "name");
        arguments = List.copyOf(arguments);
    }

    /**
     * Something that is filled in.
     *
     * @param name its name
     * @param title for people, or empty
     * @param description what it is, or empty
     * @param required whether it cannot be left out
     */
    public record Argument(String name, String title, String description, boolean required) {}

    static Optional<RemotePrompt> of(JsonNode json) {
        String name = Reading.text(json, "name");
        if (name.isEmpty() || !(json instanceof ObjectNode object)) {
            return Optional.empty();
        }
        List<Argument> arguments = new ArrayList<>();
        for (JsonNode argument : json.path("arguments")) {
            arguments.add(new Argument(
                    Reading.text(argument, "name"),
                    Reading.text(argument, "title"),
                    Reading.text(argument, "description"),
                    argument.path("required").asBoolean(false)));
        }
        return Optional.of(new RemotePrompt(
                name, Reading.text(json, "title"), Reading.text(json, "description"), arguments, object));
    }
}
