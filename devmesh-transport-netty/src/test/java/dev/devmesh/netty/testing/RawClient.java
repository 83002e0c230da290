package dev.devmesh.netty.testing;

import dev.devmesh.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Posts to an MCP endpoint what a test makes up, malformed requests included, and shows the answer as it came. To use a mesh as
 * clients do, take {@link dev.devmesh.client.McpClient}.
 *
 * <p>Safe for use by many threads. There is nothing to close.
 */
public final class RawClient {

    /** The revision spoken. */
    public static final String REVISION = "2026-07-28";

    private static final String META = "io.modelcontextprotocol/";
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final HttpClient http;
    private final URI endpoint;
    private final Map<String, String> headers;
    private final AtomicLong ids;

    private RawClient(HttpClient http, URI endpoint, Map<String, String> headers, AtomicLong ids) {
        this.http = http;
        this.endpoint = endpoint;
        this.headers = headers;
        this.ids = ids;
    }

    /** A client of the endpoint, for example {@code server.mcpUri()}. */
    public static RawClient of(URI endpoint) {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        return new RawClient(http, endpoint, Map.of(), new AtomicLong());
    }

    /** The same client with one more header on every request. */
    public RawClient withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new RawClient(http, endpoint, Map.copyOf(more), ids);
    }

    /** The same client with an API key. */
    public RawClient withApiKey(String key) {
        return withHeader("X-API-Key", key);
    }

    /** Calls a tool and returns the answer as it came, notifications included. */
    public RawAnswer call(String tool, Map<String, ?> arguments, Map<String, ?> meta) {
        return request("tools/call", Map.of("name", tool, "arguments", arguments), meta);
    }

    /** Sends a request with the headers and the {@code _meta} that belong to it; {@code meta} comes on top. */
    public RawAnswer request(String method, Map<String, ?> params, Map<String, ?> meta) {
        Map<String, String> more = new LinkedHashMap<>();
        more.put("Mcp-Method", method);
        if (params.get("name") instanceof String name) {
            more.put("Mcp-Name", name);
        }
        return post(Json.bytes(message(method, params, meta)), more);
    }

    /** The JSON-RPC request that {@link #request} sends, with a new id. */
    public ObjectNode message(String method, Map<String, ?> params, Map<String, ?> meta) {
        ObjectNode message = Json.object();
        message.put("jsonrpc", "2.0");
        message.put("id", ids.incrementAndGet());
        message.put("method", method);
        ObjectNode all = message.putObject("params");
        params.forEach((name, value) -> all.set(name, Json.tree(value)));
        ObjectNode required = all.putObject("_meta");
        required.put(META + "protocolVersion", REVISION);
        required.putObject(META + "clientCapabilities");
        required.putObject(META + "clientInfo").put("name", "raw-client").put("version", "1");
        meta.forEach((name, value) -> required.set(name, Json.tree(value)));
        return message;
    }

    /**
     * Posts a body as it is.
     *
     * @param more headers besides {@code Content-Type}, {@code Accept} and the version, or other values for these
     */
    public RawAnswer post(byte[] body, Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Content-Type", "application/json");
        all.put("Accept", "application/json, text/event-stream");
        all.put("MCP-Protocol-Version", REVISION);
        all.putAll(headers);
        all.putAll(more);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(endpoint).timeout(LONGEST).POST(HttpRequest.BodyPublishers.ofByteArray(body));
        all.forEach(request::setHeader);
        try {
            HttpResponse<byte[]> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            boolean stream =
                    answer.headers().firstValue("content-type").orElse("").startsWith("text/event-stream");
            return new RawAnswer(answer.statusCode(), answer.headers(), messages(answer.body(), stream));
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from " + endpoint, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + endpoint, e);
        }
    }

    private static List<JsonNode> messages(byte[] body, boolean stream) {
        if (body.length == 0) {
            return List.of();
        }
        if (!stream) {
            return List.of(Json.parse(body));
        }
        return new String(body, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("data:"))
                .map(line -> Json.parse(line.substring("data:".length()).strip()))
                .toList();
    }
}
