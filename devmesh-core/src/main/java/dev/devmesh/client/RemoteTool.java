package dev.devmesh.client;

import dev.devmesh.schema.HeaderMember;
import dev.devmesh.schema.InvalidSchema;
import dev.devmesh.tool.ToolHints;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A tool as a server describes it. Descriptions and hints are the server's word, not a promise.
 *
 * <p>Immutable; the trees must not be changed.
 *
 * @param name under which it is called
 * @param title for people, or empty
 * @param description for people and language models, or empty
 * @param inputSchema what the arguments must look like
 * @param outputSchema what the structured result looks like, if the server says so
 * @param hints what it says of itself
 * @param headers the arguments that HTTP repeats in headers
 * @param json all of it, as it came
 */
public record RemoteTool(
        String name,
        String title,
        String description,
        ObjectNode inputSchema,
        Optional<ObjectNode> outputSchema,
        ToolHints hints,
        List<HeaderMember> headers,
        ObjectNode json) {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteTool.class);

    /** Copies the list. */
    public RemoteTool {
        Objects.requireNonNull(name, "name");
        headers = List.copyOf(headers);
    }

    /** The tool, or empty where it has no name, no schema or header annotations that MCP does not allow. */
    static Optional<RemoteTool> of(String server, JsonNode json) {
        String name = Reading.text(json, "name");
        Optional<ObjectNode> schema = Reading.object(json, "inputSchema");
        if (name.isEmpty() || schema.isEmpty() || !(json instanceof ObjectNode object)) {
            LOG.warn(
                    "{} lists a tool without a name or an input schema ('{}'); left out",
                    server,
                    McpClientException.quote(name));
            return Optional.empty();
        }
        try {
            JsonNode annotations = json.path("annotations");
            String title = Reading.text(json, "title");
            return Optional.of(new RemoteTool(
                    name,
                    title.isEmpty() ? Reading.text(annotations, "title") : title,
                    Reading.text(json, "description"),
                    schema.get(),
                    Reading.object(json, "outputSchema"),
                    new ToolHints(
                            Reading.flag(annotations, "readOnlyHint"),
                            Reading.flag(annotations, "destructiveHint"),
                            Reading.flag(annotations, "idempotentHint"),
                            Reading.flag(annotations, "openWorldHint")),
                    HeaderMember.of(schema.get()),
                    object));
        } catch (InvalidSchema e) {
            LOG.warn(
                    "{} lists tool '{}', which is left out: {}",
                    server,
                    McpClientException.quote(name),
                    McpClientException.quote(String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }
}
