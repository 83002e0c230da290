package dev.devmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.Revision;
import dev.devmesh.call.LogLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that is a process. Starting a JVM takes its time, so there are few of them here. */
@Timeout(60)
class ProcessTransportTest {

    private final List<String> errors = new CopyOnWriteArrayList<>();

    private McpClientBuilder client(String manner) {
        return McpClient.builder(ChildServer.behaving(manner).onErrorLine(errors::add))
                .probeTimeout(manner.equals("silent") ? Duration.ofSeconds(2) : Duration.ofSeconds(20));
    }

    private List<Long> pids() {
        return errors.stream()
                .filter(line -> line.startsWith("pid "))
                .map(line -> Long.valueOf(line.substring(4)))
                .toList();
    }

    @AfterEach
    void noProcessIsLeft() {
        await().untilAsserted(() -> assertThat(pids()).noneMatch(ProcessTransportTest::isAlive));
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "modern, V2026_07_28",
        "old, V2025_06_18",
        "silent, V2025_06_18",
        "strict, V2025_06_18",
        "noisy, V2025_06_18"
    })
    void whatTheServerSpeaksIsFoundOut(String manner, Revision expected) {
        try (McpClient client = client(manner).build()) {
            assertThat(client.call("echo", Map.of("text", "Grüße\n世界")).text()).isEqualTo("Grüße\n世界");
            assertThat(client.revision()).isEqualTo(expected);
            assertThat(pids()).hasSize(manner.equals("strict") ? 2 : 1);
        }
    }

    @Test
    void aClientThatIsAllowedSessionsOnlyDoesNotProbe() {
        try (McpClient client = client("strict").revisions(Revision.V2025_06_18).build()) {
            assertThat(client.discover().name()).isEqualTo("child");
            assertThat(pids()).hasSize(1);
        }
    }

    @Test
    void requestsRunBesideEachOtherAndCanBeGivenUp(@TempDir Path directory) throws Exception {
        try (McpClient client = McpClient.builder(ChildServer.behaving("old")
                        .environment("CHILD_SAYS", "hello")
                        .directory(directory)
                        .onErrorLine(errors::add))
                .elicitation(question -> ElicitationAnswer.accept(Map.of("a", 1)))
                .probeTimeout(Duration.ofSeconds(20))
                .build()) {
            PendingCall stuck = client.start(CallOptions.of("stuck"));
            assertThat(client.call("env").text()).isEqualTo("hello in " + directory.toRealPath());
            assertThat(client.call("ask").text()).contains("accept");
            stuck.cancel();
            assertThatThrownBy(stuck::result)
                    .isInstanceOfSatisfying(
                            McpClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
            await().until(() -> errors.stream().anyMatch(line -> line.startsWith("cancelled ")));

            List<Object> heard = new ArrayList<>();
            CountDownLatch changed = new CountDownLatch(1);
            try (Subscription subscription = client.listen(ListenFilter.none().tools(), new ListenHandler() {
                @Override
                public void toolsChanged() {
                    changed.countDown();
                }
            })) {
                assertThat(subscription.honoured())
                        .isEqualTo(ListenFilter.none().tools());
                client.call(CallOptions.of("log").onLog(LogLevel.INFO, heard::add));
                assertThat(heard).hasSize(1);
                changed.await();
            }
        }
    }

    @Test
    void aListenerThatIsSlowHoldsUpNobodyElse() throws Exception {
        try (McpClient client = client("modern").build()) {
            CountDownLatch go = new CountDownLatch(1);
            AtomicInteger heard = new AtomicInteger();
            PendingCall busy = client.start(CallOptions.of("busy").onProgress(step -> {
                heard.incrementAndGet();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
            CompletableFuture<String> text =
                    CompletableFuture.supplyAsync(() -> busy.result().text());
            await().until(() -> heard.get() == 1);
            assertThat(client.call("echo", Map.of("text", "quick")).text()).isEqualTo("quick");
            go.countDown();
            assertThat(text.join()).isEqualTo("done");
            assertThat(heard.get()).isBetween(2, 1_100); // the oldest were dropped
        }
    }

    @Test
    void aServerThatDiesFailsWhatIsUnderWayAndIsStartedAgain() {
        try (McpClient client = client("modern").build()) {
            PendingCall stuck = client.start(CallOptions.of("stuck"));
            McpClientException crash = catchThrowableOfType(McpClientException.class, () -> client.call("crash"));
            assertThat(crash.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
            assertThat(crash).hasMessageContaining("exited with status 9").hasMessageContaining("out of memory");
            assertThatThrownBy(stuck::result).hasMessageContaining("exited with status 9");

            assertThat(client.call("echo", Map.of("text", "again")).text()).isEqualTo("again");
            assertThat(pids()).hasSize(2);
        }
    }

    @Test
    void theEndOfAServerIsNoticedThoughAProcessThatItStartedHoldsItsOutput() {
        try (McpClient client = client("modern").timeout(Duration.ofSeconds(20)).build()) {
            assertThatThrownBy(() -> client.call("leave")).hasMessageContaining("exited with status 9");
            assertThat(client.call("echo", Map.of("text", "again")).text()).isEqualTo("again");
        } finally {
            pids().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        }
    }

    @Test
    void aMessageBeyondTheLimitEndsTheConnection() {
        try (McpClient client = client("modern").maxMessageBytes(100_000).build()) {
            assertThatThrownBy(() -> client.call("long"))
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("longer than the 100000 bytes");
        }
    }

    @Test
    void aServerThatCannotStartSaysWhy() {
        try (McpClient client = client("broken").build()) {
            assertThatThrownBy(() -> client.call("echo"))
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("exited with status 3")
                    .hasMessageContaining("no such configuration");
        }
        try (McpClient client = McpClient.builder(List.of("/no/such/program")).build()) {
            assertThatThrownBy(() -> client.call("echo"))
                    .isInstanceOfSatisfying(
                            McpClientException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE))
                    .hasMessageContaining("process 'program' cannot be reached");
        }
        assertThatThrownBy(() -> McpClient.builder(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aServerThatDoesNotExitIsEnded() {
        McpClient client = client("stubborn").build();
        assertThat(client.call("echo", Map.of("text", "x")).text()).isEqualTo("x");
        PendingCall stuck = client.start(CallOptions.of("stuck"));
        CompletableFuture<McpClientException> waiting =
                CompletableFuture.supplyAsync(() -> catchThrowableOfType(McpClientException.class, stuck::result));
        long before = System.nanoTime();
        client.close();
        client.close();

        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(8));
        assertThat(pids()).singleElement().matches(pid -> !isAlive(pid));
        assertThat(waiting.join().code()).isEqualTo(ErrorCode.CANCELLED);
        assertThatThrownBy(() -> client.call("echo")).isInstanceOf(IllegalStateException.class);
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("devmesh-client-std")));
    }
}
