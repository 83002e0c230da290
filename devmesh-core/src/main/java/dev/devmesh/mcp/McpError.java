package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.PermissionDeniedException;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.MissingCapabilityException;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.resource.ResourceNotFoundException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON-RPC error on its way to the client, with the HTTP status that goes with it.
 *
 * <p>The codes are those of JSON-RPC 2.0 and of MCP 2026-07-28 ("Error Codes"); what older revisions have instead, {@link
 * RevisionShape#error} knows. Refusals that the protocol has no code for carry their HTTP status as the code, which lies
 * outside the ranges that JSON-RPC and MCP reserve.
 */
final class McpError extends RuntimeException {

    static final int PARSE_ERROR = -32700;
    static final int INVALID_REQUEST = -32600;
    static final int METHOD_NOT_FOUND = -32601;
    static final int INVALID_PARAMS = -32602;
    static final int INTERNAL_ERROR = -32603;
    static final int HEADER_MISMATCH = -32020;
    static final int MISSING_CLIENT_CAPABILITY = -32021;
    static final int UNSUPPORTED_VERSION = -32022;

    /** Only in revisions with sessions; in the others it is {@link #INVALID_PARAMS}. */
    static final int RESOURCE_NOT_FOUND_WITH_SESSION = -32002;

    private static final long serialVersionUID = 1L;

    private final int code;
    private final int status;
    private final transient ObjectNode data;
    private final Duration retryAfter;
    private final @Nullable ErrorCode reason;
    private final @Nullable String missingScope;

    private McpError(
            int code,
            int status,
            String message,
            ObjectNode data,
            Duration retryAfter,
            @Nullable ErrorCode reason,
            @Nullable String missingScope) {
        super(message, null, false, false); // an answer, not a fault: nobody reads its stack
        this.missingScope = missingScope;
        this.code = code;
        this.status = status;
        this.data = data;
        this.retryAfter = retryAfter;
        this.reason = reason;
    }

    private McpError(
            int code, int status, String message, ObjectNode data, Duration retryAfter, @Nullable ErrorCode reason) {
        this(code, status, message, data, retryAfter, reason, null);
    }

    private McpError(int code, int status, String message) {
        this(code, status, message, Json.object(), Duration.ZERO, null);
    }

    static McpError unparsable(String message) {
        return new McpError(PARSE_ERROR, 400, message);
    }

    static McpError invalidRequest(String message) {
        return new McpError(INVALID_REQUEST, 400, message);
    }

    static McpError noBatches() {
        return invalidRequest("Batches are not served in this revision: send one message at a time.");
    }

    /** A message that belongs to a session, from a client that has none. */
    static McpError noSession() {
        return of(new MeshException(
                ErrorCode.SESSION_REQUIRED,
                "This message names no revision, and there is no session.",
                "Send initialize first, or with each request what revision 2026-07-28 wants in params._meta."));
    }

    static McpError unknownMethod(String method) {
        return new McpError(METHOD_NOT_FOUND, 404, "There is no method '" + shortened(method) + "' here.");
    }

    /** Parameters that break the protocol's own form. */
    static McpError invalidParams(String message) {
        return new McpError(INVALID_PARAMS, 200, message);
    }

    /** A {@code _meta} without what every request must carry. */
    static McpError invalidMeta(String message) {
        return new McpError(INVALID_PARAMS, 400, message);
    }

    static McpError headerMismatch(String message) {
        return new McpError(HEADER_MISMATCH, 400, message);
    }

    static McpError unsupportedVersion(String requested, List<String> supported) {
        ObjectNode data = Json.object();
        ArrayNode versions = data.putArray("supported");
        supported.forEach(versions::add);
        data.put("requested", shortened(requested));
        return new McpError(
                UNSUPPORTED_VERSION,
                400,
                "Protocol version '" + shortened(requested) + "' is not served here; supported: "
                        + String.join(", ", supported) + ".",
                data,
                Duration.ZERO,
                null);
    }

    /** A fault that is nobody's business but the operator's, who finds it in the log. */
    static McpError panic() {
        return of(new MeshException(ErrorCode.MCP_PANIC, "Something went wrong here.", ""));
    }

    /** The same where the trace is known: not every transport has header fields to name it in. */
    static McpError panic(TraceContext trace) {
        McpError error = panic();
        error.data.put("trace_id", trace.traceId());
        return error;
    }

    /** Any other refusal, as the protocol has it. */
    static McpError of(MeshException refusal) {
        ErrorCode reason = refusal.code();
        if (refusal instanceof MissingCapabilityException lacking) {
            ObjectNode data = Json.object();
            ClientCapability.declare(lacking.missing(), data.putObject("requiredCapabilities"));
            return new McpError(MISSING_CLIENT_CAPABILITY, 400, refusal.sentence(), data, Duration.ZERO, reason);
        }
        ObjectNode data = Json.object().put("code", reason.wireName());
        if (!refusal.fix().isEmpty()) {
            data.put("fix", refusal.fix());
        }
        if (refusal instanceof ResourceNotFoundException missing) {
            data.put("uri", missing.uri());
        }
        Duration retryAfter = refusal.retryAfter().orElse(Duration.ZERO);
        String message = String.valueOf(refusal.getMessage());
        return switch (reason) {
            case TOOL_NOT_FOUND,
                    PROMPT_NOT_FOUND,
                    RESOURCE_NOT_FOUND,
                    CONTEXT_NOT_FOUND,
                    TASK_NOT_FOUND,
                    INVALID_ARGUMENTS,
                    INVALID_VALUE,
                    ADDRESS_REFUSED,
                    REQUEST_STATE_INVALID -> new McpError(INVALID_PARAMS, 200, message, data, retryAfter, reason);
            case CLIENT_CAPABILITY_MISSING ->
                new McpError(MISSING_CLIENT_CAPABILITY, 400, message, data, retryAfter, reason);
            // the fault of one handler, not of the server: the status stays that of an answer
            case HANDLER_FAILED, HANDLER_TIMEOUT, HANDLER_OUTPUT_TOO_LARGE ->
                new McpError(INTERNAL_ERROR, 200, message, data, retryAfter, reason);
            case MCP_PANIC -> new McpError(INTERNAL_ERROR, 500, message, data, retryAfter, reason);
            case INVALID_REQUEST, SESSION_REQUIRED ->
                new McpError(INVALID_REQUEST, 400, message, data, retryAfter, reason);
            default ->
                new McpError(
                        reason.status(), reason.status(), message, data, retryAfter, reason, missingScope(refusal));
        };
    }

    /** The same with another code and status. */
    McpError with(int otherCode, int otherStatus) {
        return new McpError(
                otherCode, otherStatus, String.valueOf(getMessage()), data, retryAfter, reason, missingScope);
    }

    private static @Nullable String missingScope(MeshException refusal) {
        return refusal instanceof PermissionDeniedException denied
                ? denied.missingScope().orElse(null)
                : null;
    }

    /** Answers with this as the one response. */
    void answer(McpExchange exchange, JsonWritable message) {
        if (missingScope != null) {
            exchange.lacksScope(missingScope);
        }
        exchange.answer(status, message, retryAfter);
    }

    /** Whether this is what it comes from. */
    boolean is(ErrorCode what) {
        return reason == what;
    }

    /** Of what it comes, where it does not come of the protocol. */
    Optional<ErrorCode> reason() {
        return Optional.ofNullable(reason);
    }

    int code() {
        return code;
    }

    int status() {
        return status;
    }

    ObjectNode data() {
        return data;
    }

    Duration retryAfter() {
        return retryAfter;
    }

    private static String shortened(String text) {
        return text.length() <= 64 ? text : text.substring(0, 64) + "…";
    }
}
