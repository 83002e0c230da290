package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.SerializedString;
import tools.jackson.databind.node.ObjectNode;

/**
 * What every result says of the server: its name in {@code _meta}, and for how long and for whom a listing holds.
 *
 * <p>Immutable.
 */
final class ServerFace {

    /** How long clients may keep a listing before they ask again. */
    private static final long LISTING_TTL_MILLIS = 60_000;

    private final ServerInfo server;
    private final SerializableString info;
    private final SerializableString cacheScope;

    /** @param perCaller whether what a caller may see depends on who it is */
    ServerFace(ServerInfo info, boolean perCaller) {
        this.server = info;
        this.info = new SerializedString(new String(Json.bytes(info), StandardCharsets.UTF_8));
        this.cacheScope = new SerializedString(perCaller ? "private" : "public");
    }

    /** Writes {@code _meta}: the server's name and these members, which may be none. */
    void writeMeta(JsonGenerator out, ObjectNode more) {
        out.writeObjectPropertyStart("_meta");
        out.writeName(McpRequest.SERVER_INFO);
        out.writeRawValue(info);
        more.properties().forEach(member -> {
            if (!member.getKey().equals(McpRequest.SERVER_INFO)) {
                out.writeName(member.getKey());
                out.writeTree(member.getValue());
            }
        });
        out.writeEndObject();
    }

    /** Writes what clients of this revision are told of the server, as a value. */
    void writeInfo(JsonGenerator out, Revision revision) {
        out.writeStartObject();
        RevisionShape.of(revision)
                .members(Part.IMPLEMENTATION, server::writeMembers)
                .writeTo(out);
        out.writeEndObject();
    }

    /** Writes for how long something holds that is nobody else's. */
    static void writeCacheHints(JsonGenerator out, Duration time) {
        out.writeNumberProperty("ttlMs", time.toMillis());
        out.writeStringProperty("cacheScope", "private");
    }

    /** Writes how long and for whom a listing holds. */
    void writeCacheHints(JsonGenerator out) {
        out.writeNumberProperty("ttlMs", LISTING_TTL_MILLIS);
        out.writeName("cacheScope");
        out.writeString(cacheScope);
    }
}
