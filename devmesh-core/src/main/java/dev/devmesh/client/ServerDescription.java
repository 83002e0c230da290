package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a server says of itself. Nobody has checked it.
 *
 * <p>Immutable; the trees must not be changed.
 *
 * @param name what it calls itself, or empty
 * @param version its own version, or empty
 * @param protocolVersions the revisions of MCP that it speaks
 * @param capabilities what can be asked of it, in the words of MCP
 * @param instructions for a language model that uses it, or empty
 */
public record ServerDescription(
        String name, String version, List<String> protocolVersions, ObjectNode capabilities, String instructions) {

    /** Copies the list. */
    public ServerDescription {
        protocolVersions = List.copyOf(protocolVersions);
        Objects.requireNonNull(capabilities, "capabilities");
    }

    /** Whether it declares this capability, such as {@code resources}. */
    public boolean offers(String capability) {
        return capabilities.path(capability).isObject();
    }

    static ServerDescription of(ObjectNode result) {
        ObjectNode server =
                Reading.object(result.path("_meta"), Rpc.META + "serverInfo").orElseGet(Json::object);
        return new ServerDescription(
                Reading.text(server, "name"),
                Reading.text(server, "version"),
                Reading.texts(result.path("supportedVersions")),
                Reading.object(result, "capabilities").orElseGet(Json::object),
                Reading.text(result, "instructions"));
    }
}
