package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.content.ContentForm;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * {@code initialize}: what a client and this server agree on for a session.
 *
 * @param revision that both speak
 * @param capabilities of the client
 */
record Handshake(Revision revision, Set<ClientCapability> capabilities) {

    static final String METHOD = "initialize";

    /**
     * The agreement that a client is offered: the revision that it wants if that one has sessions and is served, else the newest
     * that has.
     *
     * @throws McpError if the request is not an {@code initialize}
     */
    static Handshake of(Message.Request request) {
        JsonNode params = request.params();
        JsonNode wanted = params.path("protocolVersion");
        if (!wanted.isString()) {
            throw McpError.invalidParams("params.protocolVersion must be a string.");
        }
        if (!params.path("capabilities").isObject()) {
            throw McpError.invalidParams("params.capabilities must be an object.");
        }
        Revision revision =
                Revision.of(wanted.stringValue()).filter(Revision::hasSessions).orElseGet(Revision::newestWithSessions);
        return new Handshake(revision, RevisionShape.of(revision).capabilities(params.path("capabilities")));
    }

    /** What the client is told. */
    Wire.Members greeting(ServerInfo info, ServerFace face, Set<Feature> features) {
        return out -> {
            out.writeStringProperty("protocolVersion", revision.date());
            out.writeObjectPropertyStart("capabilities");
            Feature.write(out, features, false);
            out.writeEndObject();
            out.writeName("serverInfo");
            face.writeInfo(out, revision);
            ContentForm.text(out, "instructions", info.instructions());
        };
    }
}
