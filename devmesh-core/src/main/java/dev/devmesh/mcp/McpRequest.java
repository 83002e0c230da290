package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.LogLevel;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request that has passed every check that does not depend on its method. What a stateless client says with each request, one
 * with a session has said before.
 *
 * @param id as it came: a string or an integer
 * @param method its name
 * @param params its parameters, {@code _meta} included
 * @param meta its {@code _meta}; empty if a client with a session sends none
 * @param principal who sent it
 * @param headers what must mirror the body, or null where nothing has to
 * @param session of the client, or null in the stateless revision
 * @param trace that it belongs to
 */
record McpRequest(
        JsonNode id,
        String method,
        ObjectNode params,
        ObjectNode meta,
        Principal principal,
        @Nullable HeaderMirror headers,
        @Nullable Session session,
        TraceContext trace) {

    private static final String PREFIX = "io.modelcontextprotocol/";

    static final String VERSION = PREFIX + "protocolVersion";
    static final String CLIENT_CAPABILITIES = PREFIX + "clientCapabilities";
    static final String SERVER_INFO = PREFIX + "serverInfo";
    static final String SUBSCRIPTION_ID = PREFIX + "subscriptionId";

    private static final String LOG_LEVEL = PREFIX + "logLevel";

    /** In which the answer is worded. */
    Revision revision() {
        return session == null ? Revision.V2026_07_28 : session.revision();
    }

    /** What the client can do when asked. */
    Set<ClientCapability> capabilities() {
        if (session != null) {
            return session.capabilities();
        }
        JsonNode declared = meta.path(CLIENT_CAPABILITIES);
        return declared.isEmpty() ? Set.of() : ClientCapability.declared(declared);
    }

    /** The token under which the client wants to hear of progress, if it does. */
    Optional<JsonNode> progressToken() {
        JsonNode token = meta.path("progressToken");
        return token.isString() || token.isIntegralNumber() ? Optional.of(token) : Optional.empty();
    }

    /** The least serious level of messages that the client wants, or empty if it wants none. */
    Optional<LogLevel> logLevel() {
        if (session != null) {
            return Optional.of(session.level());
        }
        JsonNode level = meta.path(LOG_LEVEL);
        if (level.isMissingNode()) {
            return Optional.empty();
        }
        Optional<LogLevel> known = LogLevel.ofWireName(level.asString(""));
        if (known.isEmpty()) {
            throw McpError.invalidParams("_meta." + LOG_LEVEL
                    + " must be debug, info, notice, warning, error, critical, alert or emergency.");
        }
        return known;
    }

    /** The trace that a request with this {@code _meta} belongs to: its own word counts before the transport's. */
    static TraceContext trace(ObjectNode meta, McpExchange exchange) {
        String own = meta.path("traceparent").asString("");
        if (own.isEmpty()) {
            return exchange.trace();
        }
        TraceContext named = TraceContext.from(own);
        exchange.joins(named);
        return named;
    }

    /** The client's answers to questions by key; empty if it sends none. */
    Map<String, ObjectNode> answers() {
        JsonNode responses = params.path("inputResponses");
        if (responses.isMissingNode()) {
            return Map.of();
        }
        if (!responses.isObject()) {
            throw McpError.invalidParams("params.inputResponses must be an object.");
        }
        Map<String, ObjectNode> answers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> response : responses.properties()) {
            if (!(response.getValue() instanceof ObjectNode answer)) {
                throw McpError.invalidParams("params.inputResponses: every answer must be an object.");
            }
            answers.put(response.getKey(), answer);
        }
        return answers;
    }

    /** A parameter that must be a text. */
    String text(String name) {
        JsonNode value = params.path(name);
        if (!value.isString()) {
            throw McpError.invalidParams("params." + name + " must be a string.");
        }
        return value.stringValue();
    }

    /** A parameter that must be an object where it is there; an empty one where it is not. */
    ObjectNode object(String name) {
        JsonNode value = params.path(name);
        if (value.isMissingNode()) {
            return Json.object();
        }
        if (value instanceof ObjectNode object) {
            return object;
        }
        throw McpError.invalidParams("params." + name + " must be an object.");
    }
}
