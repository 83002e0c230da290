package dev.devmesh.tool;

import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.ExecutionMode;
import dev.devmesh.call.HandlerSettings;
import dev.devmesh.content.Icon;
import dev.devmesh.schema.JsonSchema;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Everything about a tool but how it does its work.
 *
 * <p>Immutable; the {@code meta} object must not be changed.
 *
 * @param name 1 to 128 characters of {@code A-Z a-z 0-9 _ . -}
 * @param title for people, or empty
 * @param description for people and language models, or empty
 * @param input what the arguments must look like; an object at its root
 * @param output what the structured result looks like, or empty when the tool does not promise anything
 * @param hints what the tool says of itself
 * @param icons pictures, the preferred first
 * @param meta members for {@code _meta} in listings; may be empty
 * @param requires what the client must be able to do
 * @param timeout how long a call may take, or empty for the mesh's default
 * @param concurrency how many calls may run at once, or empty for the mesh's default
 * @param weight as how many requests a call counts in its caller's rate, at least 1
 * @param longRunning whether the tool takes its time, so that clients that can do so should not wait for it
 * @param mode on which thread it runs
 */
public record ToolSpec(
        String name,
        String title,
        String description,
        JsonSchema input,
        Optional<JsonSchema> output,
        ToolHints hints,
        List<Icon> icons,
        ObjectNode meta,
        Set<ClientCapability> requires,
        Optional<Duration> timeout,
        OptionalInt concurrency,
        int weight,
        boolean longRunning,
        ExecutionMode mode) {

    /** Copies the collections. */
    public ToolSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(input, "input");
        icons = List.copyOf(icons);
        requires = Set.copyOf(requires);
    }

    /** The permission that a caller needs to run the tool. */
    public String permission() {
        return permission(name);
    }

    /** What the tool asks for where the mesh's defaults are not right for it. */
    HandlerSettings handler() {
        return new HandlerSettings(mode, timeout, concurrency);
    }

    /** The permission to run what has this name: a tool, or all tools of a provider. */
    public static String permission(String name) {
        return "tools:execute:" + name;
    }
}
