package dev.devmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.call.LogLevel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Giving up a request closes its stream, which is how the server learns of it. */
class CancellationTest {

    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger disconnected = new AtomicInteger();

    private final List<ScriptedServer.Script> waiting = List.of(
            (request, reply) -> {
                begun.incrementAndGet();
                reply.awaitDisconnect();
                disconnected.incrementAndGet();
            },
            (request, reply) -> {
                reply.stream().notification("message", "{'level':'info','data':'begun'}");
                begun.incrementAndGet();
                reply.awaitDisconnect();
                disconnected.incrementAndGet();
            });

    @Test
    void anotherThreadCancelsACall() throws IOException {
        for (ScriptedServer.Script script : waiting) {
            reset();
            try (var server = ScriptedServer.of(script);
                    McpClient client = server.client()) {
                PendingCall call = client.start(CallOptions.of("x"));
                CompletableFuture<McpClientException> problem = CompletableFuture.supplyAsync(
                        () -> catchThrowableOfType(McpClientException.class, call::result));
                await().until(() -> begun.get() == 1);

                call.cancel();

                assertThat(problem.join().code()).isEqualTo(ErrorCode.CANCELLED);
                await().until(() -> disconnected.get() == 1);
            }
        }
    }

    @Test
    void aCallIsSentBeforeAnyoneWaitsAndCanBeCancelledThen() throws IOException {
        for (ScriptedServer.Script script : waiting) {
            reset();
            try (var server = ScriptedServer.of(script);
                    McpClient client = server.client()) {
                PendingCall call = client.start(CallOptions.of("x"));
                await().until(() -> begun.get() == 1);

                call.cancel();
                call.cancel();

                await().until(() -> disconnected.get() == 1);
                assertThatThrownBy(call::result)
                        .isInstanceOfSatisfying(
                                McpClientException.class,
                                e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
            }
        }
    }

    @Test
    void anInterruptCancels() throws IOException, InterruptedException {
        for (ScriptedServer.Script script : waiting) {
            reset();
            try (var server = ScriptedServer.of(script);
                    McpClient client = server.client()) {
                AtomicReference<ErrorCode> code = new AtomicReference<>();
                Thread caller = new Thread(() -> {
                    McpClientException e = catchThrowableOfType(McpClientException.class, () -> client.call("x"));
                    code.set(Thread.currentThread().isInterrupted() ? e.code() : null);
                });
                caller.start();
                await().until(() -> begun.get() == 1);

                caller.interrupt();
                caller.join();

                assertThat(code).hasValue(ErrorCode.CANCELLED);
                await().until(() -> disconnected.get() == 1);
            }
        }
    }

    @Test
    void aTimeoutCancels() throws IOException {
        for (ScriptedServer.Script script : waiting) {
            reset();
            try (var server = ScriptedServer.of(script);
                    McpClient client = server.client()) {
                assertThatThrownBy(() -> client.call(CallOptions.of("x").timeout(Duration.ofMillis(200))))
                        .isInstanceOfSatisfying(
                                McpClientException.class,
                                e -> assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_TIMEOUT));
                await().until(() -> disconnected.get() == 1);
            }
        }
    }

    @Test
    void aListenerThatFailsCancels() throws IOException {
        try (var server = ScriptedServer.of(waiting.get(1));
                McpClient client = server.client()) {
            assertThatThrownBy(() -> client.call(CallOptions.of("x").onLog(LogLevel.INFO, message -> {
                        throw new IllegalStateException("enough");
                    })))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("enough");
            await().until(() -> disconnected.get() == 1);
        }
    }

    @Test
    void closingTheClientCancelsEverythingAndLeavesNoThread() throws IOException {
        for (ScriptedServer.Script script : waiting) {
            reset();
            try (var server = ScriptedServer.of(script)) {
                McpClient client = server.client();
                CompletableFuture<McpClientException> problem = CompletableFuture.supplyAsync(
                        () -> catchThrowableOfType(McpClientException.class, () -> client.call("x")));
                await().until(() -> begun.get() == 1);

                client.close();

                assertThat(problem.join().code()).isEqualTo(ErrorCode.CANCELLED);
                await().until(() -> disconnected.get() == 1);
                await().until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("devmesh-client-")));
            }
        }
    }

    @Test
    void theServerThatKeepsAnAnsweredStreamOpenLosesItsConnection() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    reply.stream().event(reply.response("'content':[]"));
                    reply.awaitDisconnect();
                    disconnected.incrementAndGet();
                });
                McpClient client = server.client()) {
            assertThat(client.call("x").text()).isEmpty();
            await().until(() -> disconnected.get() == 1);
        }
    }

    @Test
    void aListenerThatIsSlowHoldsUpTheServerAndNotTheHeap() throws IOException {
        AtomicInteger sent = new AtomicInteger();
        try (var server = ScriptedServer.of((request, reply) -> {
                    reply.stream();
                    for (int i = 0; i < 20_000; i++) {
                        reply.notification("message", "{'level':'info','data':'" + "x".repeat(10_000) + "'}");
                        sent.incrementAndGet();
                    }
                    reply.event(reply.response("'content':[]")).end();
                });
                McpClient client = server.client()) {
            AtomicInteger heard = new AtomicInteger();
            CompletableFuture<Void> open = new CompletableFuture<>();
            CompletableFuture<String> result = CompletableFuture.supplyAsync(() -> client.call(CallOptions.of("flood")
                            .onLog(LogLevel.INFO, message -> {
                                if (heard.incrementAndGet() == 10) {
                                    open.join();
                                }
                            }))
                    .text());
            await().until(() -> heard.get() == 10);
            AtomicInteger before = new AtomicInteger(-1);
            await().pollInterval(Duration.ofMillis(300)).until(() -> before.getAndSet(sent.get()) == sent.get());
            assertThat(sent.get()).isLessThan(5_000); // what the buffers of the two sockets hold, and no more

            open.complete(null);
            assertThat(result.join()).isEmpty();
            assertThat(heard).hasValue(20_000);
        }
    }

    private void reset() {
        begun.set(0);
        disconnected.set(0);
    }
}
