package dev.devmesh.client;

import dev.devmesh.Revision;
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
 * @param protocolVersions the revisions of MCP that it speaks; in a session the one that was agreed on
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

    /** From the result of {@code server/discover}. */
    static ServerDescription discovered(ObjectNode result) {
        ObjectNode server = Reading.object(result.path("_meta"), Stateless.META + "serverInfo")
                .orElseGet(Json::object);
        return of(server, Reading.texts(result.path("supportedVersions")), result);
    }

    /** From the result of {@code initialize}, which names one revision: that of the session. */
    static ServerDescription initialized(Revision revision, ObjectNode result) {
        ObjectNode server = Reading.object(result, "serverInfo").orElseGet(Json::object);
        return of(server, List.of(revision.date()), result);
    }

    private static ServerDescription of(ObjectNode server, List<String> revisions, ObjectNode result) {
        return new ServerDescription(
                Reading.text(server, "name"),
                Reading.text(server, "version"),
                revisions,
                Reading.object(result, "capabilities").orElseGet(Json::object),
                Reading.text(result, "instructions"));
    }
}
