package dev.devmesh.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.Revision;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.client.ListenFilter;
import dev.devmesh.client.ListenHandler;
import dev.devmesh.client.McpClient;
import dev.devmesh.client.McpClientException;
import dev.devmesh.client.Subscription;
import dev.devmesh.context.Context;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.postgres.PostgresStore;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two servers, each with a store of its own on one database. */
final class TwoServersOnPostgresTest {

    private static final Principal ADMIN = Principal.administrator(new Tenant("acme"), "root");

    private SharedDatabase database;
    private PostgresStore storeOfA;
    private PostgresStore storeOfB;
    private MeshServer a;
    private MeshServer b;

    @BeforeEach
    void start() throws Exception {
        database = new SharedDatabase();
        storeOfA = PostgresStore.open(database.settings());
        storeOfB = PostgresStore.open(database.settings());
        a = server(storeOfA);
        b = server(storeOfB);
    }

    private static MeshServer server(PostgresStore store) {
        DevMesh mesh = DevMesh.builder()
                .sessionSecret("the same on all nodes, and long enough")
                .store(store)
                .bus(store.bus())
                .contextTools()
                .build();
        return MeshServer.of(mesh).port(0).start();
    }

    @AfterEach
    void close() throws Exception {
        a.close();
        b.close();
        storeOfA.close();
        storeOfB.close();
        database.close();
    }

    private static final class Ear implements ListenHandler {

        private final List<String> updated = new CopyOnWriteArrayList<>();
        private volatile boolean hasEnded;

        @Override
        public void ended(Optional<McpClientException> reason) {
            hasEnded = true;
        }

        @Override
        public void resourceUpdated(String uri) {
            updated.add(uri);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Revision.class,
            names = {"V2026_07_28", "V2025_11_25"})
    void aContextThatChangesOnOneReachesWhoListensOnTheOtherWithinASecond(Revision revision) {
        NewKey key = a.mesh().keys().create(ADMIN, KeySpec.named("reader").scopes("contexts:read", "resources:read"));
        Context context = a.mesh().contexts().create(ADMIN, NewContext.named("notes"));
        String uri = "devmesh://contexts/" + context.id();
        Ear ear = new Ear();
        try (McpClient client = McpClient.builder(b.mcpUri())
                        .apiKey(key.secret())
                        .revisions(revision)
                        .build();
                Subscription changes = client.listen(ListenFilter.none().resource(uri), ear)) {
            assertThat(changes.honoured().resourceUris()).containsExactly(uri);

            for (int i = 1; i <= 3; i++) {
                int before = ear.updated.size();
                a.mesh().contexts().append(ADMIN, context.id(), Item.user("more " + i));
                await().pollInterval(Duration.ofMillis(10))
                        .atMost(Duration.ofSeconds(1))
                        .until(() -> ear.updated.size() > before);
            }
            assertThat(ear.updated).containsOnly(uri);
        }
    }

    @Test
    void aKeyThatIsRevokedOnOneIsRefusedOnTheOtherAndItsWebSocketAndListenEnd() throws Exception {
        NewKey key = a.mesh().keys().create(ADMIN, KeySpec.named("bad").scopes("tools", "contexts:read"));
        Ear ear = new Ear();
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        try (McpClient client =
                        McpClient.builder(b.mcpUri()).apiKey(key.secret()).build();
                Subscription changes = client.listen(ListenFilter.none().tools(), ear)) {
            assertThat(changes.isOpen()).isTrue();
            HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols("mcp")
                    .header("X-API-Key", key.secret())
                    .buildAsync(b.webSocketUri(), new WebSocket.Listener() {
                        @Override
                        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                            closed.complete(code);
                            return CompletableFuture.completedFuture(null);
                        }
                    })
                    .get(10, TimeUnit.SECONDS);
            assertThat(client.tools()).isNotEmpty();

            a.mesh().keys().revoke(ADMIN, key.key().id());

            assertThat(closed.get(5, TimeUnit.SECONDS)).isBetween(4_000, 4_999);
            // without a bus it would stay
            await().atMost(Duration.ofSeconds(5)).until(() -> ear.hasEnded);
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThatThrownBy(client::tools)
                            .isInstanceOfSatisfying(
                                    McpClientException.class,
                                    refused -> assertThat(refused.status()).isEqualTo(401)));
        }
    }
}
