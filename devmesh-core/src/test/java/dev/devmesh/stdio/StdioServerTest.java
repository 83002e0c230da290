package dev.devmesh.stdio;

import static dev.devmesh.stdio.StdioPeer.callOf;
import static dev.devmesh.stdio.StdioPeer.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class StdioServerTest {

    private static final int MAX_BYTES = 4096;

    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch running = new CountDownLatch(1);
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private final AtomicInteger pings = new AtomicInteger();
    private StdioPeer peer;

    @BeforeEach
    void connect() throws IOException {
        peer = new StdioPeer();
    }

    @AfterEach
    void disconnect() {
        released.countDown();
        peer.close();
        await().atMost(Duration.ofSeconds(10)).until(() -> threads().isEmpty());
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("devmesh-stdio-"))
                .toList();
    }

    private DevMeshBuilder mesh() {
        return DevMesh.builder()
                .name("test")
                .tool(Tool.named("ping").nonBlocking().handle(call -> {
                    pings.incrementAndGet();
                    return "pong";
                }))
                .tool(Tool.named("who").handle(call -> call.principal().subject()))
                .tool(Tool.named("slow").handle(call -> {
                    running.countDown();
                    try {
                        released.await();
                    } catch (InterruptedException e) {
                        interrupted.set(true);
                        throw e;
                    }
                    return "done";
                }));
    }

    private StdioServer serve() {
        return configured(mesh().build()).start();
    }

    private StdioServerBuilder configured(DevMesh mesh) {
        return StdioServer.of(mesh).streams(peer.serverIn, peer.serverOut).maxMessageBytes(MAX_BYTES);
    }

    @Test
    void aSlowRequestHoldsUpNeitherReadingNorTheOthers() {
        try (StdioServer server = serve()) {
            peer.reads().call(1, "slow");
            peer.call(2, "ping");

            assertThat(text(peer.response(2))).isEqualTo("pong");
            assertThat(peer.hasResponse(1)).isFalse();
            released.countDown();
            assertThat(text(peer.response(1))).isEqualTo("done");
            assertThat(server.hasEnded()).isFalse();
        }
    }

    @Test
    void aCancelledRequestIsInterruptedAndNotAnswered() throws Exception {
        try (StdioServer server = serve()) {
            peer.reads().call(1, "slow");
            running.await();
            peer.cancel(1);

            await().atMost(Duration.ofSeconds(10)).untilTrue(interrupted);
            peer.call(2, "ping");
            peer.response(2);
            assertThat(peer.hasResponse(1)).isFalse();
            assertThat(server.hasEnded()).isFalse();
        }
    }

    @Test
    void aLineAboveTheLimitIsAnsweredWithAnErrorAndTheNextOneIsServed() {
        try (StdioServer server = serve()) {
            peer.reads().send("{\"jsonrpc\":\"2.0\",\"id\":1,\"x\":\"" + "x".repeat(100_000) + "\"}");
            peer.call(2, "ping");

            assertThat(peer.refusal(-32600).path("error").path("message").asString())
                    .contains(String.valueOf(MAX_BYTES));
            assertThat(text(peer.response(2))).isEqualTo("pong");
            assertThat(peer.received()).hasSize(2);
            assertThat(server.hasEnded()).isFalse();
        }
    }

    @Test
    void whatIsNotJsonOrNotUtf8IsAnsweredWithAnErrorWithoutAnId() {
        try (StdioServer server = serve()) {
            peer.reads().send("{\"jsonrpc\":");
            peer.refusal(-32700);
            byte[] broken = callOf(1, "p?ng").getBytes(StandardCharsets.UTF_8);
            broken[callOf(1, "p?ng").indexOf('?')] = (byte) 0xFF;
            peer.send(broken);
            peer.send("");
            peer.call(2, "ping");

            assertThat(text(peer.response(2))).isEqualTo("pong");
            assertThat(peer.received())
                    .hasSize(3)
                    .filteredOn(message -> message.path("error").path("code").asInt() == -32700)
                    .hasSize(2)
                    .noneMatch(message -> message.has("id"));
            assertThat(server.hasEnded()).isFalse();
        }
    }

    @Test
    void linesMayEndAsOnWindowsAndEmptyOnesAreIgnored() {
        try (StdioServer server = serve()) {
            peer.reads().send("\r\n\n" + callOf(1, "ping") + "\r\n\r\n\n");

            assertThat(text(peer.response(1))).isEqualTo("pong");
            assertThat(peer.received()).hasSize(1);
            assertThat(server.hasEnded()).isFalse();
        }
    }

    @Test
    void aSessionAndStatelessRequestsShareTheStreams() {
        try (StdioServer server = serve()) {
            peer.reads()
                    .send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
                            + "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}");
            JsonNode greeting = peer.response(1).path("result");
            peer.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
            peer.send("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"ping\"}}");
            peer.call(3, "ping");

            assertThat(greeting.path("protocolVersion").asString("")).isEqualTo("2025-06-18");
            assertThat(peer.response(2).path("result").has("resultType")).isFalse();
            assertThat(text(peer.response(2))).isEqualTo("pong");
            assertThat(peer.response(3).path("result").path("resultType").asString(""))
                    .isEqualTo("complete");
            assertThat(server.hasEnded()).isFalse();
        }
    }

    @Test
    void requestsThatCameBeforeTheEndOfTheInputAreStillAnswered() throws Exception {
        try (StdioServer server = serve()) {
            peer.reads();
            for (int i = 0; i < 200; i++) {
                peer.call(i, i % 2 == 0 ? "who" : "ping");
            }
            // the last one without the end of its line
            peer.send(callOf(200, "ping").getBytes(StandardCharsets.UTF_8));
            peer.endInput();
            server.awaitEnd();

            await().atMost(Duration.ofSeconds(10)).until(() -> peer.received().size() == 201);
            assertThat(server.hasEnded()).isTrue();
            await().atMost(Duration.ofSeconds(10)).until(() -> threads().isEmpty());
        }
    }

    @Test
    void theEndOfTheInputCancelsWhatTakesLongerThanItsGrace() throws Exception {
        try (StdioServer server =
                configured(mesh().build()).drainTimeout(Duration.ofMillis(200)).start()) {
            peer.reads().call(1, "slow");
            running.await();
            long began = System.nanoTime();
            peer.endInput();
            server.awaitEnd();

            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(200), Duration.ofSeconds(2));
            await().atMost(Duration.ofSeconds(10)).untilTrue(interrupted);
        }
        assertThat(peer.hasResponse(1)).isFalse();
    }

    @Test
    void aListenEndsWithItsResponseWhenTheInputEnds() throws Exception {
        try (StdioServer server = serve()) {
            peer.reads()
                    .send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscriptions/listen\",\"params\":{"
                            + "\"notifications\":{\"toolsListChanged\":true}," + StdioPeer.STATELESS + "}}");
            peer.awaited(
                    message -> message.path("method").asString("").equals("notifications/subscriptions/acknowledged"));
            server.mesh().tools().register(Tool.named("new").nonBlocking().handle(call -> "new"));
            peer.awaited(message -> message.path("method").asString("").equals("notifications/tools/list_changed"));
            peer.endInput();
            server.awaitEnd();

            peer.response(1);
        }
    }

    @Test
    void aClientThatDoesNotReadIsNoLongerReadAndLosesNothing() throws Exception {
        int requests = 3_000;
        CountDownLatch over = new CountDownLatch(1);
        Thread sender = new Thread(() -> {
            for (int i = 0; i < requests; i++) {
                peer.call(i, "ping");
            }
            peer.awaits(over); // a pipe whose writer has ended counts as broken
        });
        try (StdioServer server = serve()) {
            sender.start();
            AtomicInteger seen = new AtomicInteger();
            await().pollInterval(Duration.ofMillis(300))
                    .until(() -> pings.get() > 0 && seen.getAndSet(pings.get()) == pings.get());

            assertThat(pings.get()).isLessThan(600);
            peer.reads();
            await().atMost(Duration.ofSeconds(20)).until(() -> peer.received().size() == requests);
            assertThat(server.hasEnded()).isFalse();
        } finally {
            over.countDown();
            sender.join();
        }
    }

    @Test
    void aClientThatDoesNotReadCannotKeepTheServerFromEnding() throws Exception {
        try (StdioServer server =
                configured(mesh().build()).drainTimeout(Duration.ofMillis(100)).start()) {
            for (int i = 0; i < 30; i++) {
                peer.call(i, "ping");
            }
            peer.endInput();
            server.awaitEnd();
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> threads().isEmpty());
    }

    @Test
    void aClientThatClosesItsEndOfTheOutputEndsTheServer() throws Exception {
        try (StdioServer server = serve()) {
            peer.call(1, "slow");
            running.await();
            peer.stopReading();
            peer.call(2, "ping");
            server.awaitEnd();

            await().atMost(Duration.ofSeconds(10)).untilTrue(interrupted);
        }
    }

    @Test
    void closingAnswersWhatIsUnderWayAndClosesTheMeshThatItStarted() throws Exception {
        DevMesh mesh = mesh().build();
        StdioServer server =
                configured(mesh).drainTimeout(Duration.ofSeconds(20)).start();
        peer.reads().call(1, "slow");
        running.await();
        Thread closing = new Thread(server::close);
        closing.start();
        await().atMost(Duration.ofSeconds(10)).until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        released.countDown();
        closing.join();

        assertThat(text(peer.response(1))).isEqualTo("done");
        assertThat(server.hasEnded()).isTrue();
        assertThat(mesh.isReady()).isFalse();
        assertThat(threads()).isEmpty();
        server.close();
    }

    @Test
    void aMeshThatRanBeforeGoesOn() throws Exception {
        try (DevMesh mesh = mesh().build()) {
            mesh.start();
            Thread ending = new Thread(peer::endInput);
            ending.start();
            configured(mesh).run();

            assertThat(mesh.isReady()).isTrue();
            ending.join();
        }
    }

    @Test
    void whoCallsIsWhoTheProgramSays() {
        try (StdioServer server = configured(mesh().build())
                .principal(Principal.of(Tenant.single(), "ada", "tools"))
                .start()) {
            peer.reads().call(1, "who");

            assertThat(text(peer.response(1))).isEqualTo("ada");
            assertThat(server.hasEnded()).isFalse();
        }
    }

    @Test
    void aMeshWithKeysAsksForOne() {
        try (InMemoryStore store = InMemoryStore.create();
                DevMesh mesh = mesh().store(store).build()) {
            String key = mesh.keys()
                    .create(
                            Principal.administrator(Tenant.single(), "admin"),
                            KeySpec.named("ci").scopes("tools"))
                    .secret();
            assertThatThrownBy(() -> configured(mesh).start()).isInstanceOfSatisfying(MeshException.class, refused -> {
                assertThat(refused.code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
                assertThat(refused.sentence())
                        .contains("nobody was named")
                        .contains("principal(...)")
                        .contains("credentials(...)");
            });
            assertThatThrownBy(() -> configured(mesh)
                            .credentials(new Credentials("", key + "x", ""))
                            .start())
                    .isInstanceOf(MeshException.class)
                    .hasMessageNotContaining(key);
            assertThat(mesh.isReady()).isFalse();
            assertThat(threads()).isEmpty();

            try (StdioServer server =
                    configured(mesh).credentials(new Credentials("", key, "")).start()) {
                peer.reads().call(1, "ping");
                assertThat(text(peer.response(1))).isEqualTo("pong");
                assertThat(server.hasEnded()).isFalse();
            }
        }
    }

    @Test
    void everyProblemOfTheSettingsIsNamedAtOnce() {
        try (DevMesh mesh = mesh().build()) {
            assertThatThrownBy(() -> configured(mesh)
                            .maxMessageBytes(0)
                            .drainTimeout(Duration.ofSeconds(-1))
                            .principal(Principal.anonymous())
                            .credentials(new Credentials("", "key", ""))
                            .start())
                    .isInstanceOf(MeshException.class)
                    .hasMessage("StdioServer cannot start: 3 problems: maxMessageBytes must be 1 to 1073741824, is 0;"
                            + " drainTimeout must not be negative, is PT-1S;"
                            + " principal and credentials are both given; give one of them.");
        }
    }
}
