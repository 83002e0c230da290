package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.LogLevel;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.resource.Resource;
import dev.devmesh.store.Store;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Servers that share a secret and a store, and a client whose every request goes to the next of them. */
class SessionAcrossServersTest {

    private static final String SECRET = "the same on all servers, and long enough";

    private final Store store = InMemoryStore.create(Clock.systemUTC());
    private final List<MeshServer> servers = new ArrayList<>();
    private int turn;

    private void start(int count) {
        for (int i = 0; i < count; i++) {
            servers.add(MeshServer.of(DevMesh.builder()
                            .sessionSecret(SECRET)
                            .store(store)
                            .authenticator(Authenticator.everyone(Principal.anonymous()))
                            .tool(Tool.named("talk").handle(call -> {
                                call.log(LogLevel.INFO, "news");
                                call.log(LogLevel.ERROR, "trouble");
                                return "talked";
                            }))
                            .resource(Resource.text("farm://a", "text/plain", () -> "x"))
                            .build())
                    .port(0)
                    .start());
        }
    }

    private void stop() {
        servers.forEach(MeshServer::close);
        servers.clear();
    }

    @AfterEach
    void close() {
        stop();
        store.close();
    }

    private MeshServer next() {
        return servers.get(turn++ % servers.size());
    }

    private RawConnection.Answer ask(MeshServer server, String request) throws IOException {
        try (var connection = new RawConnection(server)) {
            return connection.send(request).read();
        }
    }

    private RawConnection.Answer ask(String request) throws IOException {
        return ask(next(), request);
    }

    private SessionRequests begin(String revision) throws IOException {
        RawConnection.Answer answer = ask(SessionRequests.initialize(revision));
        assertThat(answer.status()).isEqualTo(200);
        SessionRequests session = new SessionRequests(revision, answer.header("mcp-session-id"));
        assertThat(ask(session.notification("notifications/initialized", "{}")).status())
                .isEqualTo(202);
        return session;
    }

    private JsonNode result(String request) throws IOException {
        RawConnection.Answer answer = ask(request);
        assertThat(answer.status()).isEqualTo(200);
        JsonNode message = answer.json();
        assertThat(message.path("result").isObject()).as("%s", message).isTrue();
        return message.path("result");
    }

    private void assertLevelIsError(SessionRequests session) throws IOException {
        RawConnection.Answer talk = ask(session.call(7, "talk", "{}"));
        assertThat(talk.text()).contains("trouble").contains("talked").doesNotContain("news");
    }

    /** What every server is to know of the session, whichever it began on. */
    private void assertGoesOnEverywhere(SessionRequests session) throws IOException {
        for (int i = 0; i < servers.size(); i++) {
            assertThat(result(session.request(1, "tools/list", "{}"))
                            .path("tools")
                            .size())
                    .isEqualTo(1);
        }
        for (int i = 0; i < servers.size(); i++) {
            assertLevelIsError(session);
        }
        for (MeshServer server : servers) {
            try (var connection = new RawConnection(server)) {
                connection.send(session.open());
                assertThat(connection.line()).isEqualTo("HTTP/1.1 200 OK");
                while (!connection.line().isEmpty()) {
                    // the rest of the head does not matter here
                }
                server.mesh().changes().resourceUpdated("farm://a");
                String heard = connection.chunk();
                while (!heard.contains("data: {")) {
                    heard = connection.chunk();
                }
                assertThat(heard).contains("notifications/resources/updated").contains("farm://a");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-11-25", "2025-06-18", "2025-03-26"})
    void aSessionGoesOnOnTheOtherServerAndAfterARestartOfBothAndIsGoneOnBothOnceDeleted(String revision)
            throws IOException {
        start(2);
        SessionRequests session = begin(revision);
        result(session.request(2, "logging/setLevel", "{\"level\":\"error\"}"));
        result(session.request(3, "resources/subscribe", "{\"uri\":\"farm://a\"}"));
        assertGoesOnEverywhere(session);

        stop();
        start(2);
        assertGoesOnEverywhere(session);

        assertThat(ask(session.delete()).status()).isEqualTo(202);
        for (MeshServer server : servers) {
            assertThat(ask(server, session.request(4, "ping", "{}")).status()).isEqualTo(404);
            assertThat(ask(server, session.open()).status()).isEqualTo(404);
            assertThat(ask(server, session.delete()).status()).isEqualTo(404);
        }
        stop();
        start(2);
        for (MeshServer server : servers) {
            assertThat(ask(server, session.request(5, "ping", "{}")).status()).isEqualTo(404);
        }
    }

    @Test
    void anotherSecretKnowsNothingOfIt() throws IOException {
        start(1);
        SessionRequests session = begin("2025-11-25");
        try (MeshServer stranger = MeshServer.of(DevMesh.builder()
                        .sessionSecret("another one, which is long enough as well")
                        .store(store)
                        .authenticator(Authenticator.everyone(Principal.anonymous()))
                        .build())
                .port(0)
                .start()) {
            assertThat(ask(stranger, session.request(1, "ping", "{}")).status()).isEqualTo(404);
        }
        assertThat(ask(session.request(1, "ping", "{}")).status()).isEqualTo(200);
    }
}
