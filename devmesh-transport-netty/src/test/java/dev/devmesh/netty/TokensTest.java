package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.client.McpClient;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.json.Json;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Tokens as clients meet them: for an API key, over the wire. */
class TokensTest {

    private static final String TOOL = "/api/v1/tools/who/call";
    private static final InMemoryStore STORE = InMemoryStore.create();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(DevMesh.builder()
            .failedAuthentications(0)
            .store(STORE)
            .tool(Tool.named("who").handle(call -> call.principal().scopes().toString())));

    private NewKey key;

    @AfterAll
    static void closeStore() {
        STORE.close();
    }

    @BeforeEach
    void makeAKey() {
        key = mesh.mesh()
                .keys()
                .create(
                        Principal.administrator(new Tenant("acme"), "alice"),
                        KeySpec.named("ci").scopes("tools", "contexts:read"));
    }

    @Test
    void aKeyIsExchangedForATokenThatOpensRestAndMcp() throws Exception {
        HttpResponse<String> answer = post("/api/v1/auth/token", "", "X-API-Key", key.secret());
        JsonNode pair = Json.parse(answer.body());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
        assertThat(pair.propertyNames())
                .containsExactly("access_token", "token_type", "expires_in", "refresh_token", "scope");
        assertThat(pair.path("token_type").stringValue()).isEqualTo("Bearer");
        assertThat(pair.path("expires_in").intValue()).isEqualTo(900);
        assertThat(pair.path("scope").stringValue()).isEqualTo("contexts:read tools");
        String access = pair.path("access_token").stringValue();
        assertThat(call(access).body()).contains("contexts:read tools");
        try (McpClient client =
                McpClient.builder(mesh.server().mcpUri()).bearer(access).build()) {
            assertThat(client.call("who").text()).isEqualTo("contexts:read tools");
        }
    }

    @Test
    void aTokenCanAllowLessThanItsKey() throws Exception {
        JsonNode pair =
                ok(post("/api/v1/auth/token", "{\"scopes\":[\"tools:execute:who\"]}", "X-API-Key", key.secret()));

        assertThat(call(pair.path("access_token").stringValue()).body()).contains("\"tools:execute:who\"");
        HttpResponse<String> more =
                post("/api/v1/auth/token", "{\"scopes\":[\"contexts:write\"]}", "X-API-Key", key.secret());
        assertThat(more.statusCode()).isEqualTo(403);
        assertThat(more.body()).contains("PERMISSION_DENIED", "contexts:write");
    }

    @Test
    void noTokenIsExchangedForMore() throws Exception {
        String access = exchanged().path("access_token").stringValue();

        HttpResponse<String> answer = post("/api/v1/auth/token", "", "Authorization", "Bearer " + access);

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("Only an API key");
    }

    @Test
    void aRefreshNeedsNoOtherCredentialAndAReplayEndsTheSignIn() throws Exception {
        JsonNode first = exchanged();
        JsonNode second = ok(refresh(first));
        JsonNode third = ok(refresh(second));

        HttpResponse<String> replay = refresh(first);

        assertThat(replay.statusCode()).isEqualTo(401);
        assertThat(replay.body()).contains("REFRESH_TOKEN_REUSED");
        assertThat(refresh(third).body()).contains("REFRESH_TOKEN_INVALID");
        HttpResponse<String> refused = call(third.path("access_token").stringValue());
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.body()).contains("TOKEN_REVOKED", "Token revoked: ");
        assertThat(refused.headers().firstValue("www-authenticate").orElse("")).contains("error=\"invalid_token\"");
    }

    @Test
    void ofAHundredRefreshesAtOnceAllAnswersNameOneSuccessor() throws Exception {
        JsonNode first = exchanged();
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            answers.add(HTTP.sendAsync(
                    request("/api/v1/auth/refresh", refreshBody(first)).build(), HttpResponse.BodyHandlers.ofString()));
        }
        Set<String> successors = new HashSet<>();
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            if (answer.get().statusCode() != 503) { // a server that is too busy may say so
                successors.add(ok(answer.get()).path("refresh_token").stringValue());
            }
        }

        assertThat(successors).hasSize(1);
    }

    @Test
    void aSignInIsEndedByRevoke() throws Exception {
        JsonNode pair = exchanged();

        HttpResponse<String> answer = post(
                "/api/v1/auth/revoke",
                "{\"token\":\"" + pair.path("refresh_token").stringValue() + "\"}");

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(call(pair.path("access_token").stringValue()).body()).contains("TOKEN_REVOKED");
        assertThat(post("/api/v1/auth/revoke", "{\"token\":\"nobody's\"}").statusCode())
                .isEqualTo(204);
    }

    @Test
    void badTokensGet401AtOnceAndNobodyIsCalled() throws Exception {
        JsonNode pair = exchanged();
        String good = pair.path("access_token").stringValue();
        try (ServerSocket canary = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            for (Map.Entry<String, String> bad :
                    bad(pair, "http://127.0.0.1:" + canary.getLocalPort()).entrySet()) {
                for (String path : List.of(TOOL, "/mcp")) {
                    long begun = System.nanoTime();
                    HttpResponse<String> answer = post(path, "{}", "Authorization", "Bearer " + bad.getKey());

                    assertThat(answer.statusCode()).as(bad.getKey()).isEqualTo(401);
                    assertThat(answer.body())
                            .as(bad.getKey())
                            .contains("\"" + bad.getValue() + "\"")
                            .doesNotContain("Exception", good.substring(good.lastIndexOf('.')));
                    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(1_500));
                }
            }
            canary.setSoTimeout(50);
            Assertions.assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(canary::accept);
        }
        assertThat(call(good).statusCode()).isEqualTo(200);
    }

    private static Map<String, String> bad(JsonNode pair, String canary) {
        String good = pair.path("access_token").stringValue();
        String[] parts = good.split("\\.");
        String tail = "." + parts[1] + "." + parts[2];
        Map<String, String> bad = new LinkedHashMap<>();
        for (String alg : List.of("none", "NONE", "HS512", "RS256", "")) {
            bad.put(encoded("{\"alg\":\"" + alg + "\",\"typ\":\"at+jwt\"}") + tail, "TOKEN_SIGNATURE_INVALID");
        }
        for (String member : List.of("jku", "x5u", "jwk", "x5c", "kid")) {
            bad.put(
                    encoded("{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"" + member + "\":\"" + canary + "\"}") + tail,
                    "TOKEN_SIGNATURE_INVALID");
        }
        for (int at : List.of(5, 20, 42)) {
            char old = parts[2].charAt(at);
            String altered = parts[2].substring(0, at) + (old == 'A' ? 'E' : 'A') + parts[2].substring(at + 1);
            bad.put(parts[0] + "." + parts[1] + "." + altered, "TOKEN_SIGNATURE_INVALID");
        }
        bad.put(parts[0] + "." + parts[1] + ".", "TOKEN_SIGNATURE_INVALID");
        bad.put(
                parts[0] + "." + encoded("{\"iss\":\"devmesh\",\"sub\":\"x\"}") + "." + parts[2],
                "TOKEN_SIGNATURE_INVALID");
        bad.put(parts[0] + "." + encoded("{\"iss\":\"others\",\"sub\":\"x\"}") + "." + parts[2], "UNAUTHENTICATED");
        bad.put(encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + tail, "TOKEN_INVALID");
        bad.put(encoded("{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"crit\":[\"b64\"]}") + tail, "TOKEN_INVALID");
        bad.put(encoded("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "..AAAA.AAAA.AAAA", "TOKEN_INVALID");
        bad.put(parts[0] + "." + encoded("[".repeat(2_000)) + "." + parts[2], "TOKEN_INVALID");
        bad.put(good + "=", "TOKEN_INVALID");
        bad.put(good + ".x", "TOKEN_INVALID");
        bad.put(good + "A".repeat(8_200 - good.length()), "TOKEN_INVALID");
        bad.put("eyJ", "TOKEN_INVALID");
        bad.put("a.b.c", "TOKEN_INVALID");
        bad.put("..", "TOKEN_INVALID");
        bad.put(pair.path("refresh_token").stringValue(), "TOKEN_INVALID");
        return bad;
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private JsonNode exchanged() throws IOException, InterruptedException {
        return ok(post("/api/v1/auth/token", "", "X-API-Key", key.secret()));
    }

    private static HttpResponse<String> refresh(JsonNode pair) throws IOException, InterruptedException {
        return post("/api/v1/auth/refresh", refreshBody(pair));
    }

    private static String refreshBody(JsonNode pair) {
        return "{\"refresh_token\":\"" + pair.path("refresh_token").stringValue() + "\"}";
    }

    private static JsonNode ok(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.parse(answer.body());
    }

    private static HttpResponse<String> call(String access) throws IOException, InterruptedException {
        return post(TOOL, "{\"arguments\":{}}", "Authorization", "Bearer " + access);
    }

    private static HttpResponse<String> post(String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(mesh.server().uri().resolve(path))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return body.isEmpty()
                ? request
                : request.header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream");
    }
}
