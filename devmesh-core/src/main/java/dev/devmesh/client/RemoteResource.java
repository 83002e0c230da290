package dev.devmesh.client;

import dev.devmesh.content.Annotations;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Something that a server lets its clients read, as it describes it.
 *
 * <p>Immutable; the tree must not be changed.
 *
 * @param uri its address, for {@link McpClient#read}
 * @param name what it is called
 * @param title for people, or empty
 * @param description what it is, or empty
 * @param mimeType its type, or empty
 * @param size in bytes, if the server says so
 * @param annotations for whom it is
 * @param json all of it, as it came
 */
public record RemoteResource(
        String uri,
        String name,
        String title,
        String description,
        String mimeType,
        OptionalLong size,
        Annotations annotations,
        ObjectNode json) {

    /** Checks that there is an address. */
    public RemoteResource {
        Objects.requireNonNull(uri, "uri");
    }

    static Optional<RemoteResource> of(JsonNode json) {
        String uri = Reading.text(json, "uri");
        return uri.isEmpty() || !(json instanceof ObjectNode object)
                ? Optional.empty()
                : Optional.of(new RemoteResource(
                        uri,
                        Reading.text(json, "name"),
                        Reading.text(json, "title"),
                        Reading.text(json, "description"),
                        Reading.text(json, "mimeType"),
                        Reading.count(json, "size"),
                        ContentReader.annotations(json.path("annotations")),
                        object));
    }
}
