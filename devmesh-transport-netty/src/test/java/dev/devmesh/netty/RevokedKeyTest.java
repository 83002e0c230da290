package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.inmemory.InMemoryClusterBus;
import dev.devmesh.inmemory.InMemoryClusterHub;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.store.Store;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two servers of one cluster; nobody looks after credentials unless told that one is good no longer. */
class RevokedKeyTest {

    private static final Principal ADMIN = Principal.administrator(new Tenant("acme"), "root");

    private final Store store = InMemoryStore.create(Clock.systemUTC());
    private final InMemoryClusterHub hub = new InMemoryClusterHub();
    private final InMemoryClusterBus here = hub.join();
    private final InMemoryClusterBus there = hub.join();
    private final MeshServer a = start(here);
    private final MeshServer b = start(there);

    private MeshServer start(InMemoryClusterBus bus) {
        return MeshServer.of(DevMesh.builder().store(store).bus(bus).build())
                .port(0)
                .credentialCheck(Duration.ofHours(1))
                .start();
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
        here.close();
        there.close();
        store.close();
    }

    @Test
    void aWebSocketOnOneServerIsClosedWhenItsKeyIsRevokedOnAnother() {
        NewKey good = a.mesh().keys().create(ADMIN, KeySpec.named("good").scopes("tools"));
        NewKey bad = a.mesh().keys().create(ADMIN, KeySpec.named("bad").scopes("tools"));
        try (WebSocketClient far = new WebSocketClient(b.webSocketUri(), bad.secret());
                WebSocketClient near = new WebSocketClient(a.webSocketUri(), bad.secret());
                WebSocketClient other = new WebSocketClient(b.webSocketUri(), good.secret())) {
            a.mesh().keys().revoke(ADMIN, bad.key().id());

            assertThat(far.awaitCloseCode()).isEqualTo(CloseCode.CREDENTIAL_ENDED.number());
            assertThat(near.awaitCloseCode()).isEqualTo(CloseCode.CREDENTIAL_ENDED.number());
            assertThat(other.isClosed()).isFalse();
        }
    }

    @Test
    void aWebSocketWhoseKeyIsSaidToBeRevokedAndIsNotStaysOpen() {
        NewKey key = a.mesh().keys().create(ADMIN, KeySpec.named("good").scopes("tools"));
        try (WebSocketClient client = new WebSocketClient(b.webSocketUri(), key.secret())) {
            for (int i = 0; i < 3; i++) {
                b.mesh().keys().revocations().revokedElsewhere(key.key().id());
            }
            client.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");

            await().until(() -> !client.messages().isEmpty());
            assertThat(client.isClosed()).isFalse();
        }
    }
}
