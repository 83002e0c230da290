package dev.devmesh.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.Call;
import dev.devmesh.call.CallObserver;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.Caller;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.Execution;
import dev.devmesh.call.HandlerThreads;
import dev.devmesh.call.LogLevel;
import dev.devmesh.call.MissingCapabilityException;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.question.Interviewer;
import dev.devmesh.schema.Range;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ToolInvokerTest {

    record Greeting(String name) {}

    record Days(@Range(min = 1, max = 14) int days) {}

    record Sum(int sum) {}

    private static final Principal ANYONE = Principal.anonymous();

    private final ConcurrentLinkedQueue<MeshEvent> events = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean released = new AtomicBoolean();
    private DevMesh mesh;

    private DevMesh mesh(Tool... tools) {
        return mesh(DevMesh.builder(), tools);
    }

    private DevMesh mesh(DevMeshBuilder builder, Tool... tools) {
        List.of(tools).forEach(builder::tool);
        mesh = builder.listener(events::add).build();
        mesh.start();
        return mesh;
    }

    @AfterEach
    void close() {
        released.set(true);
        if (mesh != null) {
            mesh.close();
        }
    }

    /** A handler that holds out against its interrupt until the test ends. */
    private Object hang() {
        while (!released.get()) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                // ignored on purpose: that is what this handler is for
            }
        }
        return "released";
    }

    private static Caller caller(TraceContext trace, CallObserver observer) {
        return new Caller(ANYONE, Set.of(), trace, observer, Interviewer.nobody(), false);
    }

    @Test
    void returnsWhatTheHandlerReturned() {
        mesh(Tool.of("greet", "Greets", Greeting.class, (call, in) -> "Hello, " + in.name() + "!"));

        assertThat(mesh.call(ANYONE, "greet", Map.of("name", "Ada")).text()).isEqualTo("Hello, Ada!");
    }

    @Test
    void aDeclaredOutputIsSentAsDataAndAsText() {
        mesh(Tool.named("sum").output(Sum.class).handle(call -> new Sum(7)));

        ToolResult result = mesh.call(ANYONE, "sum", Map.of());

        assertThat(result.structured()).contains(Json.parse("{\"sum\":7}"));
        assertThat(result.text()).isEqualTo("{\"sum\":7}");
    }

    @Test
    void anAsynchronousHandlerAnswersWhenItsStageDoes() {
        CompletableFuture<Object> later = new CompletableFuture<>();
        mesh(Tool.named("later").handleAsync((call, in) -> later));

        Execution<ToolResult> execution = mesh.invoke(CallRequest.of(ANYONE, "later", Map.of()));
        assertThat(execution.result().toCompletableFuture()).isNotDone();
        later.complete("now");

        assertThat(execution.join().text()).isEqualTo("now");
    }

    @Test
    void anUnknownToolIsRefusedWithTheNearestName() {
        mesh(Tool.named("github_list_issues").handle(call -> ""));

        assertRefused(ErrorCode.TOOL_NOT_FOUND, "github_list_isues", Map.of())
                .withMessage("Tool 'github_list_isues' does not exist. Nearest: github_list_issues.");
    }

    @Test
    void aToolThatTheCallerMayNotRunIsNeitherRunNorNamedAsNearest() {
        mesh(Tool.named("delete_all").handle(call -> "gone"), Tool.named("read").handle(call -> "text"));
        Principal reader = Principal.of(Tenant.single(), "reader", "tools:execute:read");

        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> mesh.call(reader, "delete_all", Map.of()))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION_DENIED))
                .satisfies(e -> assertThat(e.fix()).contains("tools:execute:delete_all"));
        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> mesh.call(reader, "delete_al", Map.of()))
                .satisfies(e -> assertThat(e.sentence()).doesNotContain("delete_all"));
        assertThat(mesh.call(reader, "read", Map.of()).text()).isEqualTo("text");
    }

    @Test
    void argumentsThatDoNotFitNeverReachTheHandler() {
        AtomicBoolean reached = new AtomicBoolean();
        mesh(Tool.of("plan", "Plans", Days.class, (call, in) -> reached.getAndSet(true)));

        assertRefused(ErrorCode.INVALID_ARGUMENTS, "plan", Map.of("days", 20))
                .withMessageContaining("days must be at most 14");
        assertRefused(ErrorCode.INVALID_ARGUMENTS, "plan", Map.of()).withMessageContaining("days is required");
        assertThat(reached).isFalse();
    }

    @Test
    void aFailureInTheToolsOwnWordsReachesTheCaller() {
        mesh(Tool.named("fail").handle(call -> {
            throw new ToolException("There is no such branch; try main.");
        }));

        ToolResult result = mesh.call(ANYONE, "fail", Map.of());

        assertThat(result.isError()).isTrue();
        assertThat(result.text()).isEqualTo("There is no such branch; try main.");
    }

    @Test
    void anUnforeseenFailureIsHiddenBehindItsTrace() {
        mesh(Tool.named("fail").handle(call -> {
            throw new IllegalStateException("jdbc:postgresql://db?password=hunter2");
        }));
        TraceContext trace = TraceContext.begin();

        Execution<ToolResult> execution =
                mesh.invoke(new CallRequest("fail", Json.object(), caller(trace, CallObserver.NONE)));

        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(execution::join)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.HANDLER_FAILED))
                .satisfies(e -> assertThat(e.sentence())
                        .contains(trace.traceId())
                        .doesNotContain("hunter2")
                        .doesNotContain("Exception"));
    }

    @Test
    void aResultBeyondTheLimitIsRefused() {
        mesh(Tool.named("dump").handle(call -> "x".repeat(5 << 20)));

        assertRefused(ErrorCode.HANDLER_OUTPUT_TOO_LARGE, "dump", Map.of()).withMessageContaining("1048576 bytes");
    }

    @Test
    void aResultThatBreaksItsOwnSchemaIsRefused() {
        mesh(Tool.named("sum")
                .outputSchema(Json.parse("{\"type\":\"object\",\"required\":[\"sum\"]}"))
                .handle(call -> Map.of("total", 7)));

        assertRefused(ErrorCode.TOOL_OUTPUT_INVALID, "sum", Map.of()).withMessageContaining("sum is required");
    }

    @Test
    void aClientThatCannotDoWhatTheToolNeedsIsRefused() {
        mesh(Tool.named("ask").requires(ClientCapability.SAMPLING).handle(call -> ""));

        assertThatExceptionOfType(MissingCapabilityException.class)
                .isThrownBy(() -> mesh.call(ANYONE, "ask", Map.of()))
                .satisfies(e -> assertThat(e.missing()).containsExactly(ClientCapability.SAMPLING));
    }

    @Test
    void theRateOfTheCallersPlanHolds() {
        RateLimitPolicy two = new RateLimitPolicy("default", 1, 2);
        mesh(
                DevMesh.builder().rateLimits(RateLimits.of(two, Map.of())),
                Tool.named("ping").handle(call -> "pong"));

        mesh.call(ANYONE, "ping", Map.of());
        mesh.call(ANYONE, "ping", Map.of());

        assertRefused(ErrorCode.RATE_LIMITED, "ping", Map.of())
                .satisfies(e -> assertThat(e.retryAfter()).isPresent());
        Principal unlimited = Principal.administrator(Tenant.single(), "ops");
        for (int i = 0; i < 10; i++) {
            mesh.call(unlimited, "ping", Map.of());
        }
    }

    @Test
    void atTheDeadlineTheCallerHasItsAnswerAndTheHandlerItsInterrupt() {
        CountDownLatch interrupted = new CountDownLatch(1);
        mesh(Tool.named("slow").timeout(Duration.ofMillis(100)).handle(call -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return "late";
        }));

        assertRefused(ErrorCode.HANDLER_TIMEOUT, "slow", Map.of()).withMessageContaining("within 100 ms");
        await().until(() -> interrupted.getCount() == 0);
    }

    @Test
    void aStuckToolKeepsItsPermitsAndHoldsUpNobodyElse() {
        mesh(
                Tool.named("stuck")
                        .timeout(Duration.ofMillis(500))
                        .concurrency(2)
                        .handle(call -> hang()),
                Tool.named("ping").handle(call -> "pong"));

        assertRefused(ErrorCode.HANDLER_TIMEOUT, "stuck", Map.of());
        assertRefused(ErrorCode.HANDLER_TIMEOUT, "stuck", Map.of());

        assertRefused(ErrorCode.HANDLER_BUSY, "stuck", Map.of()).withMessageContaining("All 2 permits of tool 'stuck'");
        long began = System.nanoTime();
        assertThat(mesh.call(ANYONE, "ping", Map.of()).text()).isEqualTo("pong");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(200));
        await().untilAsserted(() -> assertThat(events)
                .anySatisfy(event ->
                        assertThat(event).isEqualTo(new MeshEvent.CallOverran(CallPolicy.Kind.TOOL, "stuck", 2, 2))));

        released.set(true);
        await().untilAsserted(() ->
                assertThat(mesh.call(ANYONE, "stuck", Map.of()).text()).isEqualTo("released"));
    }

    @Test
    void aToolThatHogsThreadsLeavesSomeForOthers() {
        int calls = HandlerThreads.POOL_SIZE + 10;
        mesh(
                DevMesh.builder().limits(Limits.defaults().withToolConcurrency(10_000)),
                Tool.named("hog").handle(call -> hang()),
                Tool.named("ping").handle(call -> "pong"));

        for (int i = 0; i < calls; i++) {
            mesh.invoke(CallRequest.of(ANYONE, "hog", Map.of()));
        }

        long began = System.nanoTime();
        assertThat(mesh.call(ANYONE, "ping", Map.of()).text()).isEqualTo("pong");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(200));
    }

    @Test
    void aCancelledCallStopsItsHandlerAndAnswersOnce() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<Throwable> end = new AtomicReference<>();
        AtomicBoolean told = new AtomicBoolean();
        mesh(Tool.named("wait").handle(call -> {
            call.onCancel(() -> told.set(true));
            begun.countDown();
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                end.set(e);
            }
            call.checkCancelled();
            return "never";
        }));

        Execution<ToolResult> execution = mesh.invoke(CallRequest.of(ANYONE, "wait", Map.of()));
        begun.await();
        execution.cancel("the client left");
        execution.cancel("again");

        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(execution::join)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
        await().untilAsserted(() -> assertThat(end.get()).isInstanceOf(InterruptedException.class));
        assertThat(told).isTrue();
        assertThat(events).filteredOn(MeshEvent.CallEnded.class::isInstance).hasSize(1);
    }

    @Test
    void noInterruptLeaksIntoTheNextCallOfTheSameThread() {
        mesh(
                Tool.named("slow").timeout(Duration.ofMillis(20)).handle(call -> {
                    Thread.sleep(5_000);
                    return "";
                }),
                Tool.named("nap").handle(call -> {
                    Thread.sleep(5);
                    return "rested";
                }));

        for (int i = 0; i < 20; i++) {
            assertRefused(ErrorCode.HANDLER_TIMEOUT, "slow", Map.of());
            assertThat(mesh.call(ANYONE, "nap", Map.of()).text()).isEqualTo("rested");
        }
    }

    @Test
    void progressOnlyRisesAndEndsWithTheCall() {
        List<Double> heard = new CopyOnWriteArrayList<>();
        AtomicReference<Call> kept = new AtomicReference<>();
        mesh(Tool.named("count").handle(call -> {
            kept.set(call);
            call.progress(1, 3);
            call.progress(1, 3);
            call.progress(0.5, 3);
            call.progress(2, 3);
            return "";
        }));
        CallObserver observer = new CallObserver() {
            @Override
            public void progress(double progress, double total, String message) {
                heard.add(progress);
            }

            @Override
            public void log(LogLevel level, String tool, Object data) {}
        };

        mesh.invoke(new CallRequest("count", Json.object(), caller(TraceContext.begin(), observer)))
                .join();
        kept.get().progress(3, 3);

        assertThat(heard).containsExactly(1.0, 2.0);
    }

    @Test
    void everyCallEndsInOneEvent() {
        mesh(Tool.named("ping").handle(call -> "pong"));

        mesh.call(ANYONE, "ping", Map.of());
        assertRefused(ErrorCode.TOOL_NOT_FOUND, "pong", Map.of());

        assertThat(events)
                .hasSize(2)
                .allSatisfy(event -> assertThat(event).isInstanceOf(MeshEvent.CallEnded.class))
                .extracting(event -> ((MeshEvent.CallEnded) event).failure())
                .containsExactly(Optional.empty(), Optional.of(ErrorCode.TOOL_NOT_FOUND));
    }

    @Test
    void aClosedMeshRefusesCalls() {
        mesh(Tool.named("ping").handle(call -> "pong"));

        mesh.close();

        assertRefused(ErrorCode.OVERLOADED, "ping", Map.of()).withMessageContaining("closing");
    }

    private ThrowableAssertAlternative<MeshException> assertRefused(
            ErrorCode code, String tool, Map<String, ?> arguments) {
        return assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> mesh.call(ANYONE, tool, arguments))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }
}
