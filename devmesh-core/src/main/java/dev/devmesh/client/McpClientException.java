package dev.devmesh.client;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Revision;
import dev.devmesh.json.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A request to an MCP server came to nothing.
 *
 * <p>{@link #code()} is {@link ErrorCode#UPSTREAM_UNREACHABLE} when there was no answer or it broke off,
 * {@link ErrorCode#UPSTREAM_TIMEOUT} when it took too long, {@link ErrorCode#CANCELLED} when the caller gave up, and
 * {@link ErrorCode#UPSTREAM_FAILED} when the server answered with an error or with something that is not MCP. The message may
 * repeat words of the server, shortened and without control characters.
 */
public final class McpClientException extends MeshException {

    private static final long serialVersionUID = 1L;

    private static final int UNSUPPORTED_VERSION = -32022;
    private static final int LONGEST_QUOTE = 1_000;

    private final int status;
    private final int rpcCode;
    private final String data;

    private McpClientException(
            ErrorCode code,
            String message,
            String fix,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause,
            int status,
            int rpcCode,
            JsonNode data) {
        super(code, message, fix, retryAfter, cause);
        this.status = status;
        this.rpcCode = rpcCode;
        this.data = data.isMissingNode() ? "" : data.toString();
    }

    private static McpClientException of(ErrorCode code, String message, String fix, @Nullable Throwable cause) {
        return new McpClientException(code, message, fix, null, cause, 0, 0, MissingNode.getInstance());
    }

    /** The HTTP status of the answer; 0 if there was none. */
    public int status() {
        return status;
    }

    /** The code of the JSON-RPC error; 0 if the server did not answer with one. */
    public int rpcCode() {
        return rpcCode;
    }

    /** The data of the JSON-RPC error; a missing node if it had none. */
    public JsonNode data() {
        return data.isEmpty() ? MissingNode.getInstance() : Json.parse(data);
    }

    static McpClientException unreachable(String server, Throwable cause) {
        if (cause instanceof ConnectException || cause instanceof HttpTimeoutException) {
            return of(
                    ErrorCode.UPSTREAM_UNREACHABLE,
                    server + " cannot be reached.",
                    "Check the address, and that the server runs.",
                    cause);
        }
        if (cause instanceof IOException) {
            return of(
                    ErrorCode.UPSTREAM_UNREACHABLE,
                    server + " broke off before its answer was complete.",
                    "Whether the request was carried out is not known; repeat it only if that does no harm.",
                    cause);
        }
        return of(ErrorCode.UPSTREAM_UNREACHABLE, "The request to " + server + " failed.", "", cause);
    }

    static McpClientException brokeOff(String server) {
        return unreachable(server, new IOException("the answer ended before the response"));
    }

    /** No connection was made. */
    static McpClientException noConnection(String server, IOException cause) {
        String because = cause.getMessage() == null ? "" : " (" + quote(cause.getMessage()) + ")";
        return of(
                ErrorCode.UPSTREAM_UNREACHABLE,
                server + " cannot be reached" + because + ".",
                "Check the address or the command, and that the server runs.",
                cause);
    }

    /** There is no revision that both may speak. */
    static McpClientException disagreement(String server, List<Revision> allowed, String supported) {
        return of(
                ErrorCode.UPSTREAM_FAILED,
                server + " speaks no revision that this client may speak (" + list(allowed) + "); it supports "
                        + supported + ".",
                "Allow for another one with McpClient.builder(...).revisions(...).",
                null);
    }

    private static String list(List<Revision> revisions) {
        return String.join(", ", revisions.stream().map(Revision::date).toList());
    }

    /** The connection is over. */
    static McpClientException ended(String server, String why) {
        return of(
                ErrorCode.UPSTREAM_UNREACHABLE,
                "The connection to " + server + " has ended: " + quote(why) + ".",
                "The next request makes another one. Whether what was under way was carried out is not known.",
                null);
    }

    static McpClientException timeout(String server) {
        return late(server + " did not answer in time.", "Give it more time, or ask for less at once.");
    }

    static McpClientException late(String message, String fix) {
        return of(ErrorCode.UPSTREAM_TIMEOUT, message, fix, null);
    }

    static McpClientException cancelled(String what) {
        return of(ErrorCode.CANCELLED, what + " was cancelled.", "", null);
    }

    static McpClientException protocol(String server, String what) {
        return protocol(server, what, null);
    }

    static McpClientException protocol(String server, String what, @Nullable Throwable cause) {
        return of(ErrorCode.UPSTREAM_FAILED, server + " does not answer as MCP has it: " + what + ".", "", cause);
    }

    static McpClientException unable(String message, String fix) {
        return of(ErrorCode.UPSTREAM_FAILED, message, fix, null);
    }

    /** An HTTP answer that holds no JSON-RPC. */
    static McpClientException status(String server, int status, Optional<Duration> retryAfter) {
        return refusal(server, status, retryAfter, "", 0, MissingNode.getInstance());
    }

    /** A JSON-RPC error. */
    static McpClientException rpc(String server, int status, Optional<Duration> retryAfter, JsonNode error) {
        return refusal(
                server,
                status,
                retryAfter,
                quote(error.path("message").asString("")),
                error.path("code").asInt(0),
                error.path("data"));
    }

    private static McpClientException refusal(
            String server, int status, Optional<Duration> retryAfter, String said, int rpcCode, JsonNode data) {
        String because = said.isEmpty() ? "." : ": " + said;
        String again = retryAfter.isEmpty()
                ? "Try again later."
                : "Try again in " + Math.max(1, retryAfter.get().toSeconds()) + " s.";
        String message;
        String fix = "";
        if (rpcCode == UNSUPPORTED_VERSION) {
            message = server + " does not speak the revision that it was asked in; it supports " + versions(data) + ".";
            fix = "Allow for one of these with McpClient.builder(...).revisions(...).";
        } else if (status == 401) {
            message = server + " wants a credential, or another one (HTTP 401)" + because;
            fix = "Give the client one with apiKey(...) or bearer(...).";
        } else if (status == 403) {
            message = server + " does not let this caller do that (HTTP 403)" + because;
            fix = "Use a credential that may.";
        } else if (status == 429) {
            message = server + " had too many requests of this caller (HTTP 429)" + because;
            fix = again;
        } else if (status == 503) {
            message = server + " takes no more work for now (HTTP 503)" + because;
            fix = again;
        } else if (rpcCode != 0) {
            message = (said.isEmpty() ? server + " refused the request" : said) + " (JSON-RPC error " + rpcCode + " of "
                    + server + ")";
        } else {
            message = server + " answered with HTTP " + status + " and no MCP message" + because;
            fix = status == 404 || status / 100 == 3 ? "Check the path of the address." : "";
        }
        return new McpClientException(
                ErrorCode.UPSTREAM_FAILED, message, fix, retryAfter.orElse(null), null, status, rpcCode, data);
    }

    /** The revisions that the data of an error names. */
    static String versions(JsonNode data) {
        List<String> versions = new ArrayList<>();
        for (JsonNode version : data.path("supported")) {
            if (versions.size() < 16) {
                versions.add(quote(version.asString("")));
            }
        }
        return versions.isEmpty() ? "others, which it does not name" : String.join(", ", versions);
    }

    /** Words of a server that end up in logs and consoles: no control characters, no novels. */
    static String quote(String words) {
        String start = words.length() <= LONGEST_QUOTE ? words : words.substring(0, LONGEST_QUOTE) + "…";
        return start.replaceAll("[\\p{Cntrl}\\p{Cf}]", " ");
    }
}
