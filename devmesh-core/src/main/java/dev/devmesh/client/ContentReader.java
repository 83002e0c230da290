package dev.devmesh.client;

import dev.devmesh.content.Annotations;
import dev.devmesh.content.Content;
import dev.devmesh.content.Message;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.json.Json;
import dev.devmesh.prompt.PromptResult;
import dev.devmesh.tool.ToolResult;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads what servers return ("Content", "CallToolResult", "GetPromptResult"). */
final class ContentReader {

    private static final Logger LOG = LoggerFactory.getLogger(ContentReader.class);

    private final String server;

    /** @param server for messages */
    ContentReader(String server) {
        this.server = server;
    }

    ToolResult toolResult(ObjectNode result) {
        if (!result.path("content").isArray()) {
            throw malformed("the result of a tool has no content");
        }
        List<Content> content = new ArrayList<>();
        for (JsonNode block : result.path("content")) {
            content(block).ifPresent(content::add);
        }
        JsonNode structured = result.path("structuredContent");
        return new ToolResult(
                content,
                structured.isMissingNode() ? Optional.empty() : Optional.of(structured),
                result.path("isError").asBoolean(false),
                meta(result));
    }

    private static ObjectNode meta(ObjectNode result) {
        ObjectNode meta = Json.object();
        Reading.object(result, "_meta").ifPresent(meta::setAll);
        meta.remove(Stateless.META + "serverInfo"); // of this hop; what else there is may be passed on
        return meta;
    }

    PromptResult promptResult(ObjectNode result) {
        if (!result.path("messages").isArray()) {
            throw malformed("a prompt has no messages");
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : result.path("messages")) {
            Message.Speaker speaker = speaker(Reading.text(message, "role"));
            content(message.path("content")).ifPresent(content -> messages.add(new Message(speaker, content)));
        }
        return new PromptResult(messages, Reading.text(result, "description"), meta(result));
    }

    private Message.Speaker speaker(String role) {
        for (Message.Speaker speaker : Message.Speaker.values()) {
            if (speaker.wireName().equals(role)) {
                return speaker;
            }
        }
        throw malformed("nobody has the role '" + McpClientException.quote(role) + "'");
    }

    /** The piece, or empty where it is of a kind that this revision does not know. */
    Optional<Content> content(JsonNode block) {
        String type = Reading.text(block, "type");
        Annotations annotations = annotations(block.path("annotations"));
        return switch (type) {
            case "text" -> Optional.of(new Content.Text(Reading.text(block, "text"), annotations));
            case "image" ->
                Optional.of(new Content.Image(bytes(block, "data"), Reading.text(block, "mimeType"), annotations));
            case "audio" ->
                Optional.of(new Content.Audio(bytes(block, "data"), Reading.text(block, "mimeType"), annotations));
            case "resource_link" -> Optional.of(link(block, annotations));
            case "resource" -> Optional.of(new Content.Embedded(resource(block.path("resource")), annotations));
            default -> {
                LOG.warn(
                        "{} sent content of type '{}', which is not known here and left out",
                        server,
                        McpClientException.quote(type));
                yield Optional.empty();
            }
        };
    }

    private Content link(JsonNode block, Annotations annotations) {
        try {
            return new Content.ResourceLink(
                    Reading.text(block, "uri"),
                    Reading.text(block, "name"),
                    Reading.text(block, "title"),
                    Reading.text(block, "description"),
                    Reading.text(block, "mimeType"),
                    annotations);
        } catch (IllegalArgumentException e) {
            throw McpClientException.protocol(server, String.valueOf(e.getMessage()), e);
        }
    }

    ResourceContents resource(JsonNode resource) {
        String uri = Reading.text(resource, "uri");
        String mimeType = Reading.text(resource, "mimeType");
        if (resource.path("text").isString()) {
            return new ResourceContents.Text(uri, mimeType, Reading.text(resource, "text"));
        }
        if (resource.path("blob").isString()) {
            return new ResourceContents.Blob(uri, mimeType, bytes(resource, "blob"));
        }
        throw malformed("the contents of a resource are neither text nor blob");
    }

    static Annotations annotations(JsonNode annotations) {
        if (annotations.isEmpty()) {
            return Annotations.none();
        }
        Set<String> audience = new LinkedHashSet<>(Reading.texts(annotations.path("audience")));
        audience.retainAll(Set.of("user", "assistant"));
        JsonNode priority = annotations.path("priority");
        boolean sensible = priority.isNumber() && priority.asDouble(-1) >= 0 && priority.asDouble(-1) <= 1;
        return new Annotations(
                audience,
                sensible ? OptionalDouble.of(priority.asDouble()) : OptionalDouble.empty(),
                Reading.instant(annotations, "lastModified"));
    }

    private byte[] bytes(JsonNode object, String name) {
        try {
            return Base64.getDecoder().decode(Reading.text(object, name));
        } catch (IllegalArgumentException e) {
            throw McpClientException.protocol(server, "the member '" + name + "' is not base64", e);
        }
    }

    McpClientException malformed(String what) {
        return McpClientException.protocol(server, what);
    }
}
