package dev.devmesh.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.auth.KeyChange;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.client.ListenFilter;
import dev.devmesh.client.ListenHandler;
import dev.devmesh.client.McpClient;
import dev.devmesh.client.McpClientException;
import dev.devmesh.client.Subscription;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.postgres.PostgresStore;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken away on one of two servers ends on the other within five seconds, whether or not they hear of each other. */
final class RevokedElsewhereTest {

    private static final Principal ADMIN = Principal.administrator(new Tenant("acme"), "root");
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static SharedDatabase database;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void open() throws Exception {
        database = new SharedDatabase();
    }

    @AfterAll
    static void close() throws Exception {
        database.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aKeyThatIsRevokedOnOneOpensNothingOnTheOtherWithinFiveSeconds(boolean bus) throws Exception {
        try (PostgresStore storeOfA = PostgresStore.open(database.settings());
                PostgresStore storeOfB = PostgresStore.open(database.settings());
                MeshServer a = server(storeOfA, bus);
                MeshServer b = server(storeOfB, bus)) {
            NewKey key = a.mesh().keys().create(ADMIN, KeySpec.named("bad").scopes("tools", "contexts:read"));
            CompletableFuture<Long> socketClosed = new CompletableFuture<>();
            CompletableFuture<Integer> closeCode = new CompletableFuture<>();
            CompletableFuture<Long> listenEnded = new CompletableFuture<>();
            try (McpClient client =
                            McpClient.builder(b.mcpUri()).apiKey(key.secret()).build();
                    Subscription changes = client.listen(ListenFilter.none().tools(), new Ear(listenEnded))) {
                assertThat(changes.isOpen()).isTrue();
                WebSocket socket = open(b, key, socketClosed, closeCode);
                assertThat(validate(b, key)).isEqualTo(200);

                a.mesh().keys().revoke(ADMIN, key.key().id());
                long revoked = System.nanoTime();

                long lastSuccess = revoked;
                while (validate(b, key) == 200) {
                    lastSuccess = System.nanoTime();
                    assertThat(Duration.ofNanos(lastSuccess - revoked)).isLessThan(LONGEST);
                    Thread.yield();
                }
                Duration socket4401 = Duration.ofNanos(socketClosed.get(10, TimeUnit.SECONDS) - revoked);
                Duration listen = Duration.ofNanos(listenEnded.get(10, TimeUnit.SECONDS) - revoked);
                System.out.printf(
                        "revoked elsewhere, bus %s: last 2xx after %d ms, WebSocket closed after %d ms, listen ended after"
                                + " %d ms%n",
                        bus ? "on" : "off",
                        Duration.ofNanos(lastSuccess - revoked).toMillis(),
                        socket4401.toMillis(),
                        listen.toMillis());
                assertThat(closeCode.get(1, TimeUnit.SECONDS)).isEqualTo(4401);
                assertThat(socket4401).isLessThan(LONGEST);
                assertThat(listen).isLessThan(LONGEST);
                assertThat(socket.isInputClosed()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aKeyThatLosesAScopeOnOneLosesItOnTheOtherWithinFiveSeconds(boolean bus) throws Exception {
        try (PostgresStore storeOfA = PostgresStore.open(database.settings());
                PostgresStore storeOfB = PostgresStore.open(database.settings());
                MeshServer a = server(storeOfA, bus);
                MeshServer b = server(storeOfB, bus)) {
            NewKey key = a.mesh().keys().create(ADMIN, KeySpec.named("bad").scopes("tools", "contexts:read"));
            CompletableFuture<Long> socketClosed = new CompletableFuture<>();
            CompletableFuture<Integer> closeCode = new CompletableFuture<>();
            open(b, key, socketClosed, closeCode);
            assertThat(get(b, key, "/api/v1/contexts")).isEqualTo(200);

            a.mesh().keys().update(ADMIN, key.key().id(), KeyChange.nothing().scopes(Scopes.of("tools")));
            long changed = System.nanoTime();

            while (get(b, key, "/api/v1/contexts") == 200) {
                assertThat(Duration.ofNanos(System.nanoTime() - changed)).isLessThan(LONGEST);
                Thread.yield();
            }
            assertThat(get(b, key, "/api/v1/tools")).isEqualTo(200);
            assertThat(Duration.ofNanos(socketClosed.get(10, TimeUnit.SECONDS) - changed))
                    .isLessThan(LONGEST);
            assertThat(closeCode.get(1, TimeUnit.SECONDS)).isEqualTo(4401);
        }
    }

    private static MeshServer server(PostgresStore store, boolean bus) {
        DevMeshBuilder mesh = DevMesh.builder()
                .sessionSecret("the same on all nodes, and long enough")
                .store(store)
                .contextTools();
        return MeshServer.of((bus ? mesh.bus(store.bus()) : mesh).build())
                .port(0)
                .start();
    }

    private record Ear(CompletableFuture<Long> end) implements ListenHandler {

        @Override
        public void ended(Optional<McpClientException> reason) {
            end.complete(System.nanoTime());
        }
    }

    private WebSocket open(
            MeshServer server, NewKey key, CompletableFuture<Long> closed, CompletableFuture<Integer> closeCode)
            throws Exception {
        return http.newWebSocketBuilder()
                .subprotocols("mcp")
                .header("X-API-Key", key.secret())
                .buildAsync(server.webSocketUri(), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                        closed.complete(System.nanoTime());
                        closeCode.complete(code);
                        return CompletableFuture.completedFuture(null);
                    }
                })
                .get(10, TimeUnit.SECONDS);
    }

    private int validate(MeshServer server, NewKey key) throws IOException, InterruptedException {
        return get(server, key, "/api/v1/auth/keys/validate");
    }

    private int get(MeshServer server, NewKey key, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(server.uri().resolve(path))
                .header("X-API-Key", key.secret())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
