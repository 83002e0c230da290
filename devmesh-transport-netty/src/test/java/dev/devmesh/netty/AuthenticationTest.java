package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.client.McpClient;
import dev.devmesh.client.McpClientBuilder;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.netty.testing.RawAnswer;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AuthenticationTest {

    private record Directory(boolean blocking) implements Authenticator {

        @Override
        public Optional<Principal> authenticate(Credentials credentials) {
            String shown = credentials.bearer().isEmpty() ? credentials.apiKey() : credentials.bearer();
            return switch (shown) {
                case "good" ->
                    Optional.of(Principal.of(Tenant.single(), "from " + credentials.remoteAddress(), "tools"));
                case "other" -> Optional.of(Principal.of(Tenant.single(), "somebody else", "tools"));
                case "expired" ->
                    throw new MeshException(ErrorCode.KEY_EXPIRED, "The key has expired.", "Ask for another.");
                case "busy" ->
                    throw new MeshException(
                            ErrorCode.OVERLOADED, "The directory is busy.", "", Duration.ofMillis(1_500), null);
                case "broken" -> throw new IllegalStateException("secret detail");
                default -> Optional.empty();
            };
        }
    }

    private static final Tool WHO =
            Tool.named("who").nonBlocking().handle(call -> call.principal().subject());

    @RegisterExtension
    static final MeshExtension inline = MeshExtension.with(
            DevMesh.builder().authenticator(new Directory(false)).tool(WHO));

    @RegisterExtension
    static final MeshExtension hopping = MeshExtension.with(
            DevMesh.builder().authenticator(new Directory(true)).tool(WHO));

    @Test
    void eitherHeaderIsACredential() {
        for (MeshExtension mesh : new MeshExtension[] {inline, hopping}) {
            URI endpoint = mesh.server().mcpUri();
            for (McpClientBuilder client : new McpClientBuilder[] {
                McpClient.builder(endpoint).apiKey("good"),
                McpClient.builder(endpoint).bearer("good"),
                McpClient.builder(endpoint).header("Authorization", "bearer  good")
            }) {
                try (McpClient with = client.build()) {
                    assertThat(with.call("who").text()).isEqualTo("from 127.0.0.1");
                }
            }
        }
    }

    @Test
    void withoutOneTheAnswerIs401AndSaysHow() {
        for (MeshExtension mesh : new MeshExtension[] {inline, hopping}) {
            RawAnswer answer = mesh.raw().call("who", Map.of(), Map.of());

            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.header("www-authenticate")).isEqualTo("Bearer realm=\"devmesh\"");
            assertThat(answer.response().has("id")).isFalse();
            assertThat(answer.response().at("/error/data/fix").asString()).contains("X-API-Key");
        }
    }

    @Test
    void aRefusedOneIs401AndInvalid() {
        for (MeshExtension mesh : new MeshExtension[] {inline, hopping}) {
            RawAnswer unknown = with(mesh, "unknown");
            RawAnswer expired = with(mesh, "expired");

            assertThat(unknown.status()).isEqualTo(401);
            assertThat(unknown.header("www-authenticate")).contains("error=\"invalid_token\"");
            assertThat(expired.status()).isEqualTo(401);
            assertThat(expired.response().at("/error/message").asString()).startsWith("The key has expired.");
        }
    }

    @Test
    void otherRefusalsKeepTheirStatusAndSayWhenToComeBack() {
        for (MeshExtension mesh : new MeshExtension[] {inline, hopping}) {
            RawAnswer busy = with(mesh, "busy");

            assertThat(busy.status()).isEqualTo(503);
            assertThat(busy.header("retry-after")).isEqualTo("2");
        }
    }

    @Test
    void aFaultOfTheSchemeIs500WithoutDetail() {
        for (MeshExtension mesh : new MeshExtension[] {inline, hopping}) {
            RawAnswer broken = with(mesh, "broken");

            assertThat(broken.status()).isEqualTo(500);
            assertThat(broken.response().toString())
                    .doesNotContain("secret detail")
                    .doesNotContain("Exception");
        }
    }

    @Test
    void credentialsInTheQueryOrTwiceAreRefusedWhateverTheyAre() throws IOException {
        String body = Requests.body(1, "who", "{}", "");
        try (var connection = new RawConnection(inline.server())) {
            var query = connection
                    .send(Requests.post("", body).replace("POST /mcp ", "POST /mcp?api_key=good&access_token=good "))
                    .read();
            var twice = connection
                    .send(Requests.post("X-API-Key: good\r\nX-API-Key: good\r\n", body))
                    .read();

            assertThat(query.status()).isEqualTo(400);
            assertThat(query.text()).contains("The URL holds a credential").doesNotContain("good");
            assertThat(twice.status()).isEqualTo(400);
        }
    }

    @Test
    void anUnknownCallerIsSentAwayBeforeItsBodyIsRead() throws IOException {
        try (var connection = new RawConnection(inline.server())) {
            var answer = connection
                    .send(Requests.head("") + "Content-Length: 5000000\r\n\r\n")
                    .read();

            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.header("connection")).isEqualTo("close");
        }
    }

    @Test
    void aSessionIsNoCredentialAndServesItsOwnCallerOnly() throws IOException {
        for (MeshExtension mesh : new MeshExtension[] {inline, hopping}) {
            try (var connection = new RawConnection(mesh.server())) {
                String begun = connection
                        .send(with("good", SessionRequests.initialize("2025-11-25")))
                        .read()
                        .header("mcp-session-id");
                SessionRequests session = new SessionRequests("2025-11-25", begun);
                for (String request :
                        new String[] {session.request(1, "tools/list", "{}"), session.open(), session.delete()}) {
                    var without = connection.send(request).read();
                    assertThat(without.status()).isEqualTo(401);
                    assertThat(without.header("www-authenticate")).isEqualTo("Bearer realm=\"devmesh\"");
                    assertThat(connection.send(with("other", request)).read().status())
                            .isEqualTo(404);
                }
                assertThat(connection
                                .send(with("good", session.delete()))
                                .read()
                                .status())
                        .isEqualTo(202);
            }
        }
    }

    private static String with(String key, String request) {
        return request.replace("Host: localhost\r\n", "Host: localhost\r\nX-API-Key: " + key + "\r\n");
    }

    @Test
    void healthNeedsNoCredential() throws IOException {
        try (var connection = new RawConnection(inline.server())) {
            assertThat(connection.send(Requests.get("/health")).read().status()).isEqualTo(200);
        }
    }

    private static RawAnswer with(MeshExtension mesh, String key) {
        return mesh.raw().withApiKey(key).call("who", Map.of(), Map.of());
    }
}
