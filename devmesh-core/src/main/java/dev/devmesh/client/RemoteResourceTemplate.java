package dev.devmesh.client;

import dev.devmesh.content.Annotations;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A family of resources, as a server describes it.
 *
 * <p>Immutable; the tree must not be changed.
 *
 * @param uriTemplate how their addresses are made (RFC 6570)
 * @param name what they are called
 * @param title for people, or empty
 * @param description what they are, or empty
 * @param mimeType their type, or empty
 * @param annotations for whom they are
 * @param json all of it, as it came
 */
public record RemoteResourceTemplate(
        String uriTemplate,
        String name,
        String title,
        String description,
        String mimeType,
        Annotations annotations,
        ObjectNode json) {

    /** Checks that there is a template. */
    public RemoteResourceTemplate {
        Objects.requireNonNull(uriTemplate, "uriTemplate");
    }

    static Optional<RemoteResourceTemplate> of(JsonNode json) {
        String template = Reading.text(json, "uriTemplate");
        return template.isEmpty() || !(json instanceof ObjectNode object)
                ? Optional.empty()
                : Optional.of(new RemoteResourceTemplate(
                        template,
                        Reading.text(json, "name"),
                        Reading.text(json, "title"),
                        Reading.text(json, "description"),
                        Reading.text(json, "mimeType"),
                        ContentReader.annotations(json.path("annotations")),
                        object));
    }
}
