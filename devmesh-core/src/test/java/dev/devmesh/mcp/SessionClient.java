package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A client with a session over HTTP, without the sockets.
 *
 * @param revision that was agreed on
 * @param session by what the server named it
 */
record SessionClient(DevMesh mesh, Principal principal, String revision, String session) {

    static final String CAN_ASK = "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}";

    /** A message that was sent: the way back, and what the transport tells the engine of it. */
    record Sent(RecordedExchange exchange, McpCall call) {

        RecordedExchange.Answer answer() throws Exception {
            return exchange.await();
        }

        /** The first such message of the stream. */
        JsonNode message(Predicate<JsonNode> wanted) {
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> exchange.pushed.stream().anyMatch(wanted));
            return exchange.pushed.stream().filter(wanted).findFirst().orElseThrow();
        }

        JsonNode message(String method) {
            return message(message -> message.path("method").asString("").equals(method));
        }

        /** The response that ends the stream. */
        JsonNode response() {
            return message(message -> !message.has("method"));
        }

        void awaitEnd() {
            await().atMost(Duration.ofSeconds(10)).until(exchange::isStreamOver);
        }

        /** The connection breaks, after the client has read so much. */
        void breaks() {
            exchange.reads(false);
            call.disconnected("client disconnected");
        }

        /** The id of the last event that the client has read. */
        String lastId() {
            return exchange.events.get(exchange.events.size() - 1).id();
        }
    }

    static SessionClient begin(DevMesh mesh, Principal principal, String revision) throws Exception {
        return begin(mesh, principal, revision, CAN_ASK);
    }

    static SessionClient begin(DevMesh mesh, Principal principal, String revision, String capabilities)
            throws Exception {
        Sent sent = post(mesh, principal, Map.of(), initialize(revision, capabilities));
        assertThat(sent.answer().status()).isEqualTo(200);
        JsonNode result = Objects.requireNonNull(sent.answer().body()).path("result");
        return new SessionClient(
                mesh,
                principal,
                result.path("protocolVersion").asString(),
                Objects.requireNonNull(sent.exchange().sessionId()));
    }

    static String initialize(String revision, String capabilities) {
        return "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"" + revision
                + "\",\"capabilities\":" + capabilities + ",\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
    }

    static Sent post(DevMesh mesh, Principal principal, Map<String, String> headers, String body) {
        RecordedExchange exchange = exchange(principal, headers);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return new Sent(exchange, mesh.mcp().handle(bytes, 0, bytes.length, exchange));
    }

    private static RecordedExchange exchange(Principal principal, Map<String, String> headers) {
        Map<String, List<String>> lists = new HashMap<>();
        headers.forEach((name, value) -> lists.put(name, List.of(value)));
        return new RecordedExchange(principal, lists);
    }

    /** The same client, whose requests another server gets. */
    SessionClient at(DevMesh other) {
        return new SessionClient(other, principal, revision, session);
    }

    SessionClient as(Principal other) {
        return new SessionClient(mesh, other, revision, session);
    }

    SessionClient named(String otherSession) {
        return new SessionClient(mesh, principal, revision, otherSession);
    }

    Map<String, String> headers() {
        return Map.of("MCP-Protocol-Version", revision, "Mcp-Session-Id", session);
    }

    Sent post(String body) {
        return post(mesh, principal, headers(), body);
    }

    Sent request(int id, String method, String params) {
        return post(message(id, method, params));
    }

    static String message(int id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}";
    }

    Sent call(int id, String tool) {
        return request(
                id, "tools/call", "{\"name\":\"" + tool + "\",\"_meta\":{\"progressToken\":\"p\"},\"arguments\":{}}");
    }

    /** The result of a request that is answered in one piece. */
    JsonNode result(int id, String method, String params) throws Exception {
        RecordedExchange.Answer answer = request(id, method, params).answer();
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return Objects.requireNonNull(answer.body()).path("result");
    }

    Sent cancel(int id) {
        return notify("notifications/cancelled", "{\"requestId\":" + id + "}");
    }

    Sent notify(String method, String params) {
        return post("{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"params\":" + params + "}");
    }

    /** Answers a question of the server. */
    Sent answer(JsonNode question, String member) {
        return post("{\"jsonrpc\":\"2.0\",\"id\":" + question.path("id") + "," + member + "}");
    }

    Sent open() {
        return open(null);
    }

    Sent open(@Nullable String lastEventId) {
        Map<String, String> headers = new HashMap<>(headers());
        if (lastEventId != null) {
            headers.put("Last-Event-ID", lastEventId);
        }
        RecordedExchange exchange = exchange(principal, headers);
        return new Sent(exchange, mesh.mcp().open(exchange));
    }

    RecordedExchange.Answer delete() throws Exception {
        RecordedExchange exchange = exchange(principal, headers());
        mesh.mcp().terminate(exchange);
        return exchange.await();
    }

    /** The status of a small request. */
    int status() throws Exception {
        return request(99, "ping", "{}").answer().status();
    }
}
