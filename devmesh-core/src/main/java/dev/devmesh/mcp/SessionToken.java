package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.json.Json;
import dev.devmesh.seal.Seal;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * All that a server must know of a session over HTTP. It travels sealed, as the {@code Mcp-Session-Id}: so every process that knows
 * the secret serves the session, and one that restarts goes on with it. It says who began the session and proves nobody's
 * identity: each request is authenticated by itself, and must come from the same caller.
 *
 * @param id of the session
 * @param revision that was agreed on
 * @param capabilities of the client
 * @param tenant of the caller
 * @param subject of the caller
 * @param expiresAt when the session is over
 */
record SessionToken(
        String id,
        Revision revision,
        Set<ClientCapability> capabilities,
        String tenant,
        String subject,
        Instant expiresAt) {

    private static final ClientCapability[] ALL = ClientCapability.values();

    /** Whether the session is this caller's. */
    boolean isOf(Principal principal) {
        return principal.tenant().id().equals(tenant) && principal.subject().equals(subject);
    }

    /** The token as it travels. */
    String sealed(Seal seal) {
        int bits = 0;
        for (ClientCapability capability : capabilities) {
            bits |= 1 << capability.ordinal();
        }
        ArrayNode fields = Json.mapper().createArrayNode();
        fields.add(id).add(revision.date()).add(bits).add(tenant).add(subject).add(expiresAt.getEpochSecond());
        return seal.seal(Json.bytes(fields));
    }

    /** The token that travelled so, or empty if it is none of this server's. */
    static Optional<SessionToken> open(String sealed, Seal seal) {
        return seal.open(sealed).flatMap(bytes -> {
            JsonNode fields = Json.parse(bytes);
            Set<ClientCapability> capabilities = EnumSet.noneOf(ClientCapability.class);
            for (ClientCapability capability : ALL) {
                if ((fields.path(2).asInt() >> capability.ordinal() & 1) == 1) {
                    capabilities.add(capability);
                }
            }
            return Revision.of(fields.path(1).asString()) // a revision may be served no longer
                    .map(revision -> new SessionToken(
                            fields.path(0).asString(),
                            revision,
                            capabilities,
                            fields.path(3).asString(),
                            fields.path(4).asString(),
                            Instant.ofEpochSecond(fields.path(5).asLong())));
        });
    }
}
