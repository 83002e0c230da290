package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.contract.StubIssuer;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.outbound.OutboundAllow;
import dev.devmesh.store.Store;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A server that takes tokens of an authorization server, as OAuth clients see it. */
class OAuthTest {

    private static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";

    private final SettableClock clock = new SettableClock();
    private final StubIssuer issuer = new StubIssuer(clock);
    private final Store store = InMemoryStore.create(clock);
    private MeshServer server = serve("https://mesh.example.com");

    private MeshServer serve(String publicUrl) {
        DevMeshBuilder mesh = DevMesh.builder()
                .name("build-farm")
                .store(store)
                .clock(clock)
                .issuer(issuer.issuer())
                .outboundAllow(OutboundAllow.of(issuer.allow()))
                .tool(Tool.named("add").nonBlocking().handle(call -> "done"));
        MeshServerBuilder builder = MeshServer.of(mesh.build()).port(0).credentialCheck(Duration.ofMillis(50));
        return (publicUrl.isEmpty() ? builder : builder.publicUrl(publicUrl)).start();
    }

    @AfterEach
    void close() {
        server.close();
        store.close();
        issuer.close();
    }

    private RawConnection.Answer send(String request) throws IOException {
        try (RawConnection connection = new RawConnection(server)) {
            return connection.send(request).read();
        }
    }

    private static String bearing(String token, String request) {
        return request.replaceFirst("Host: [^\r]+\r\n", "$0Authorization: Bearer " + token + "\r\n");
    }

    private static String call() {
        return Requests.call(1, "add", "{}");
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asString)
                .toList();
    }

    // ---- what anybody may learn

    @ParameterizedTest
    @CsvSource({"'', https://mesh.example.com", "/mcp, https://mesh.example.com/mcp"})
    void anybodyLearnsWhichAuthorizationServerGivesTokensForWhat(String path, String resource) throws IOException {
        RawConnection.Answer answer = send(Requests.get(WELL_KNOWN + path));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        JsonNode document = answer.json();
        assertThat(document.path("resource").asString()).isEqualTo(resource);
        assertThat(texts(document.path("authorization_servers"))).containsExactly(issuer.url());
        assertThat(texts(document.path("bearer_methods_supported"))).containsExactly("header");
        assertThat(texts(document.path("scopes_supported")))
                .contains("tools:execute")
                .doesNotContain("offline_access", "admin");
        assertThat(document.path("resource_name").asString()).isEqualTo("build-farm");
    }

    @Test
    void withoutAPublicUrlTheResourceIsWhereTheClientReachedIt() throws IOException {
        server.close();
        server = serve("");

        assertThat(send(Requests.get(WELL_KNOWN + "/mcp"))
                        .json()
                        .path("resource")
                        .asString())
                .isEqualTo("http://127.0.0.1:" + server.port() + "/mcp");
        assertThat(send(Requests.get(WELL_KNOWN + "/mcp")
                                .replace("Host: localhost", "Host: LOCALHOST:" + server.port()))
                        .json()
                        .path("resource")
                        .asString())
                .isEqualTo("http://localhost:" + server.port() + "/mcp");
    }

    @Test
    void aServerWithoutAnIssuerHasNoSuchDocument() throws IOException {
        try (MeshServer plain = MeshServer.of(DevMesh.builder().build()).port(0).start();
                RawConnection connection = new RawConnection(plain)) {
            assertThat(connection.send(Requests.get(WELL_KNOWN)).read().status())
                    .isEqualTo(404);
            assertThat(connection.send(Requests.get(WELL_KNOWN + "/mcp")).read().status())
                    .isEqualTo(404);
        }
    }

    @Test
    void aPublicUrlWithAPathIsRefused() {
        assertThatThrownBy(() -> MeshServer.of(server.mesh())
                        .port(0)
                        .publicUrl("https://mesh.example.com/mesh")
                        .start())
                .hasMessageContaining("publicUrl: 'https://mesh.example.com/mesh' must look like");
    }

    // ---- 401

    @Test
    void whoShowsNothingLearnsWhereToLookAndWhatItTakes() throws IOException {
        RawConnection.Answer mcp = send(call());
        RawConnection.Answer rest = send(Requests.get("/api/v1/contexts"));
        RawConnection.Answer upgrade = send(
                "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mcp\r\n\r\n");

        assertThat(mcp.status()).isEqualTo(401);
        assertThat(mcp.header("www-authenticate"))
                .isEqualTo("Bearer resource_metadata=\"https://mesh.example.com" + WELL_KNOWN
                        + "/mcp\", scope=\"tools:execute resources:read prompts:get contexts:read contexts:write\"");
        assertThat(rest.status()).isEqualTo(401);
        assertThat(rest.header("www-authenticate"))
                .isEqualTo("Bearer resource_metadata=\"https://mesh.example.com" + WELL_KNOWN
                        + "\", scope=\"contexts:read\"");
        assertThat(upgrade.status()).isEqualTo(401);
        assertThat(upgrade.header("www-authenticate")).isEqualTo(mcp.header("www-authenticate"));
    }

    @Test
    void whoShowsABadTokenLearnsWhatIsWrongWithIt() throws IOException {
        String token = issuer.tokenFor("ada", "tools:execute");
        clock.advance(Duration.ofMinutes(7));

        for (RawConnection.Answer answer :
                List.of(send(bearing(token, call())), send(bearing(token, Requests.get("/api/v1/tools"))))) {
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.header("www-authenticate"))
                    .startsWith("Bearer resource_metadata=\"https://mesh.example.com" + WELL_KNOWN)
                    .contains("error=\"invalid_token\", error_description=\"Token expired: it was good until");
            assertThat(answer.text()).contains("TOKEN_EXPIRED").doesNotContain(token);
        }
    }

    // ---- a good token

    @Test
    void aTokenOfTheIssuerIsGoodForMcpAndRest() throws IOException {
        String token = issuer.tokenFor("ada", "tools:execute");

        RawConnection.Answer called = send(bearing(token, call()));
        assertThat(called.status()).isEqualTo(200);
        assertThat(Requests.text(called)).isEqualTo("done");
        assertThat(called.header("www-authenticate")).isEmpty();
        assertThat(send(bearing(token, Requests.get("/api/v1/tools"))).status()).isEqualTo(200);
    }

    @Test
    void apiKeysGoOnBeingGood() throws IOException {
        NewKey key = server.mesh()
                .keys()
                .create(
                        Principal.administrator(Tenant.single(), "root"),
                        KeySpec.named("ci").scopes("tools"));

        assertThat(send(bearing(key.secret(), call())).status()).isEqualTo(200);
    }

    // ---- 403

    @Test
    void aTokenThatLacksAScopeIsToldWhichBeforeAnythingElse() throws IOException {
        String token = issuer.tokenFor("ada", "contexts:read");
        String metadata = "resource_metadata=\"https://mesh.example.com" + WELL_KNOWN;

        RawConnection.Answer mcp = send(bearing(token, call()));
        assertThat(mcp.status()).isEqualTo(403);
        assertThat(mcp.header("content-type")).isEqualTo("application/json");
        assertThat(mcp.header("www-authenticate"))
                .isEqualTo("Bearer error=\"insufficient_scope\", scope=\"tools:execute:add\", " + metadata + "/mcp\"");
        assertThat(mcp.text()).contains("Insufficient permissions");

        RawConnection.Answer rest = send(bearing(
                token, Requests.get("/api/v1/contexts").replace("GET", "DELETE").replace("contexts", "contexts/c1")));
        assertThat(rest.status()).isEqualTo(403);
        assertThat(rest.header("www-authenticate"))
                .isEqualTo("Bearer error=\"insufficient_scope\", scope=\"contexts:write\", " + metadata + "\"");
    }

    @Test
    void aClientWithASessionIsToldTheSame() throws IOException {
        String token = issuer.tokenFor("ada", "contexts:read");
        RawConnection.Answer begun = send(bearing(token, SessionRequests.initialize("2025-11-25")));
        String id = begun.header("mcp-session-id");
        RawConnection.Answer refused = send(
                bearing(
                        token,
                        Requests.post(
                                "MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: " + id + "\r\n",
                                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"add\",\"arguments\":{}}}")));

        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.header("www-authenticate"))
                .startsWith("Bearer error=\"insufficient_scope\", scope=\"tools:execute:add\"");
    }

    @Test
    void anApiKeyThatLacksAScopeIsNotSentForATokenItCannotGet() throws IOException {
        NewKey key = server.mesh()
                .keys()
                .create(
                        Principal.administrator(Tenant.single(), "root"),
                        KeySpec.named("ci").scopes("contexts"));

        RawConnection.Answer bearer = send(bearing(key.secret(), call()));
        RawConnection.Answer header =
                send(call().replaceFirst("Host: [^\r]+\r\n", "$0X-API-Key: " + key.secret() + "\r\n"));

        for (RawConnection.Answer answer : Arrays.asList(bearer, header)) {
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.header("www-authenticate")).isEmpty();
        }
    }

    // ---- URLs

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/mcp?access_token=",
                "/api/v1/tools?api_key=",
                "/health?x=1&ACCESS%5FTOKEN=",
                "/nowhere?X-Api-Key=",
                "/ws?token=",
                "/metrics?a;apikey="
            })
    void credentialsInAUrlAreRefusedOnAnyPath(String target) throws IOException {
        String secret = issuer.tokenFor("ada", "tools:execute");
        RawConnection.Answer answer = send(Requests.get(target + secret));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text())
                .contains("The URL holds a credential", "INVALID_REQUEST")
                .doesNotContain(secret);
    }

    @Test
    void otherQueriesPass() throws IOException {
        assertThat(send(Requests.get("/health/live?tokens=1&key=a&%zz=%")).status())
                .isEqualTo(200);
    }

    // ---- WebSockets

    @Test
    void aWebSocketIsClosedWhenItsTokenExpires() {
        String token = issuer.tokenFor("ada", "tools:execute");
        try (WebSocketClient client = WebSocketClient.bearing(server.webSocketUri(), token)) {
            clock.advance(Duration.ofSeconds(359));
            client.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
            client.awaitResponse(1);
            assertThat(client.isClosed()).isFalse();

            clock.advance(Duration.ofSeconds(1));

            assertThat(client.awaitCloseCode()).isEqualTo(CloseCode.CREDENTIAL_ENDED.number());
        }
    }
}
