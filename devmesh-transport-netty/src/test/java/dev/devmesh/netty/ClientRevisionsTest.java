package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.ErrorCode;
import dev.devmesh.Revision;
import dev.devmesh.call.LogLevel;
import dev.devmesh.client.CallOptions;
import dev.devmesh.client.CallOutcome;
import dev.devmesh.client.CompletionRef;
import dev.devmesh.client.ElicitationAnswer;
import dev.devmesh.client.ListenFilter;
import dev.devmesh.client.ListenHandler;
import dev.devmesh.client.LogMessage;
import dev.devmesh.client.McpClient;
import dev.devmesh.client.McpClientBuilder;
import dev.devmesh.client.McpClientException;
import dev.devmesh.client.PendingCall;
import dev.devmesh.client.Progress;
import dev.devmesh.client.RemoteResource;
import dev.devmesh.client.RemoteTool;
import dev.devmesh.client.Root;
import dev.devmesh.client.SamplingAnswer;
import dev.devmesh.client.Subscription;
import dev.devmesh.completion.Completer;
import dev.devmesh.content.Message;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.json.Json;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.question.Sampling;
import dev.devmesh.resource.Resource;
import dev.devmesh.stdio.StdioServer;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The client of this library against the server of this library, in every revision and on every way there is. */
@Timeout(60)
class ClientRevisionsTest {

    private enum Way {
        HTTP,
        WEB_SOCKET,
        /** A process of its own. */
        PROCESS,
        /** A connection both ways, without sockets. */
        DIRECT
    }

    private record Reason(String reason) {}

    /** Of the JVM in which the tools run. */
    private static final AtomicReference<DevMesh> FARM = new AtomicReference<>();

    private static final AtomicInteger BEGUN = new AtomicInteger();
    private static final AtomicInteger INTERRUPTED = new AtomicInteger();

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(farm());

    /** Serves the farm on the standard streams: the main class of the process. */
    static final class Child {

        public static void main(String[] args) throws InterruptedException {
            FARM.set(farm().build());
            StdioServer.of(FARM.get()).run();
        }
    }

    private static DevMeshBuilder farm() {
        return DevMesh.builder()
                .name("farm")
                .version("3")
                .tool(Tool.named("echo").input(Reason.class).handle((call, in) -> in.reason()))
                .tool(Tool.named("steps").handle(call -> {
                    call.progress(1, 2, "one");
                    call.log(LogLevel.INFO, Map.of("at", "one"));
                    call.progress(2, 2, "two");
                    return "done";
                }))
                .tool(Tool.named("broken").handle(call -> {
                    throw new IllegalStateException("a fault of this tool");
                }))
                .tool(Tool.named("stuck").handle(call -> {
                    BEGUN.incrementAndGet();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        INTERRUPTED.incrementAndGet();
                        throw e;
                    }
                    return "never";
                }))
                .tool(Tool.named("prune").confirm(in -> "Delete it?").handle(call -> "deleted"))
                .tool(Tool.named("curious").handle(call -> {
                    String said = call.sample("said", Sampling.of("Sum up", 10)).text();
                    return said + ", " + call.roots().get(0).uri();
                }))
                .resource(Resource.text("farm://motd", "text/plain", () -> "moo"))
                .prompt(Prompt.named("triage")
                        .argument("log")
                        .completes("log", Completer.of("main.log", "mail.log"))
                        .handle((call, args) -> "Why? " + args.get("log")))
                .tool(Tool.named("counts").handle(call -> BEGUN + " begun, " + INTERRUPTED + " interrupted"))
                .tool(Tool.named("change").handle(call -> {
                    FARM.get().changes().resourceUpdated("farm://motd");
                    FARM.get().tools().register(Tool.named("late").handle(late -> "late"));
                    FARM.get().tools().unregister("late");
                    return "changed";
                }));
    }

    static Stream<Arguments> all() {
        return Stream.of(Way.values())
                .flatMap(way -> Revision.newestFirst().stream().map(revision -> Arguments.of(way, revision)));
    }

    @BeforeEach
    void reset() {
        FARM.set(mesh.mesh());
        BEGUN.set(0);
        INTERRUPTED.set(0);
    }

    private static McpClientBuilder builder(Way way, Revision revision) {
        return to(way).revisions(revision);
    }

    private static McpClientBuilder to(Way way) {
        return switch (way) {
            case HTTP -> McpClient.builder(mesh.server().mcpUri());
            case WEB_SOCKET -> McpClient.builder(mesh.server().webSocketUri());
            case PROCESS ->
                McpClient.builder(List.of(
                                System.getProperty("java.home") + "/bin/java",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Child.class.getName()))
                        .probeTimeout(Duration.ofSeconds(30));
            case DIRECT -> McpClient.builder(new EngineTransport(mesh.mesh()));
        };
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatIsAskedIsTheSame(Way way, Revision revision) {
        try (McpClient client = builder(way, revision).build()) {
            assertThat(client.revision()).isEqualTo(revision);
            assertThat(client.discover().name()).isEqualTo("farm");
            assertThat(client.tools()).extracting(RemoteTool::name).contains("echo", "steps");
            assertThat(client.call("echo", new Reason("Grüße")).text()).isEqualTo("Grüße");
            assertThat(client.callOrTask(CallOptions.of("steps"))).isInstanceOf(CallOutcome.Finished.class);
            assertThat(client.resources()).extracting(RemoteResource::uri).contains("farm://motd");
            assertThat(client.read("farm://motd"))
                    .containsExactly(new ResourceContents.Text("farm://motd", "text/plain", "moo"));
            assertThat(client.prompt("triage", Map.of("log", "l")).messages()).containsExactly(Message.user("Why? l"));
            assertThat(client.complete(CompletionRef.prompt("triage"), "log", "ma")
                            .values())
                    .containsExactly("main.log", "mail.log");
            assertThatThrownBy(() -> client.read("farm://nothing"))
                    .isInstanceOfSatisfying(
                            McpClientException.class,
                            e -> assertThat(e.rpcCode()).isEqualTo(revision.hasSessions() ? -32002 : -32602));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void progressAndLogsArriveInOrder(Way way, Revision revision) {
        try (McpClient client = builder(way, revision).build()) {
            List<Object> heard = new ArrayList<>();
            String text = client.call(
                            CallOptions.of("steps").onProgress(heard::add).onLog(LogLevel.DEBUG, heard::add))
                    .text();

            assertThat(text).isEqualTo("done");
            assertThat(heard).hasSize(3);
            assertThat(((Progress) heard.get(0)).progress()).isEqualTo(1);
            assertThat(((LogMessage) heard.get(1)).data().path("at").asString()).isEqualTo("one");
            assertThat(((Progress) heard.get(2)).progress()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void cancellingInterruptsTheHandler(Way way, Revision revision) {
        try (McpClient client = builder(way, revision).build()) {
            PendingCall call = client.start(CallOptions.of("stuck").onProgress(progress -> {}));
            await().until(() -> client.call("counts").text().equals("1 begun, 0 interrupted"));

            call.cancel();

            await().until(() -> client.call("counts").text().equals("1 begun, 1 interrupted"));
            assertThatThrownBy(call::result)
                    .isInstanceOfSatisfying(
                            McpClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
            assertThat(client.call("echo", new Reason("on")).text()).isEqualTo("on");
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void questionsGoToTheHandlersOfTheClient(Way way, Revision revision) {
        try (McpClient client = builder(way, revision)
                .elicitation(question -> ElicitationAnswer.accept(Map.of("confirm", true)))
                .sampling(question -> SamplingAnswer.text("m", "fire"))
                .roots(List.of(new Root("file:///work", "work")))
                .build()) {
            assertThat(client.call("curious").text()).isEqualTo("fire, file:///work");
            if (revision.isAtLeast(Revision.V2025_06_18)) {
                assertThat(client.call("prune").text()).isEqualTo("deleted");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void changesAreTold(Way way, Revision revision) {
        List<String> heard = new CopyOnWriteArrayList<>();
        ListenHandler handler = new ListenHandler() {
            @Override
            public void toolsChanged() {
                heard.add("tools");
            }

            @Override
            public void resourceUpdated(String uri) {
                heard.add(uri);
            }
        };
        try (McpClient client = builder(way, revision).build();
                Subscription subscription =
                        client.listen(ListenFilter.none().tools().resource("farm://motd"), handler)) {
            assertThat(subscription.honoured())
                    .isEqualTo(ListenFilter.none().tools().resource("farm://motd"));

            assertThat(client.call("change").text()).isEqualTo("changed");
            await().untilAsserted(() -> assertThat(heard).contains("farm://motd", "tools"));
            assertThat(client.call("echo", new Reason("on")).text()).isEqualTo("on");
            assertThat(subscription.isOpen()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void errorsAreToldAsTheRevisionHasThem(Way way, Revision revision) {
        boolean stateless = !revision.hasSessions();
        try (McpClient client = builder(way, revision).build()) {
            assertRefused(() -> client.call("nothing"), -32602);
            assertRefused(() -> client.read("farm://nothing"), stateless ? -32602 : -32002);
            assertRefused(() -> client.prompt("nothing", Map.of()), -32602);
            assertRefused(
                    () -> client.call("curious"), stateless ? -32021 : -32600); // this client has no language model
            if (revision.isAtLeast(Revision.V2025_11_25)) {
                ToolResult result = client.call("echo", Map.of("reason", 5));
                assertThat(result.isError()).isTrue();
                assertThat(result.text()).contains("reason");
            } else {
                assertRefused(() -> client.call("echo", Map.of("reason", 5)), -32602);
            }
            assertThat(client.call("broken").isError()).isTrue();
            assertThat(client.call("echo", new Reason("still here")).text()).isEqualTo("still here");
        }
    }

    private static void assertRefused(ThrowingCallable call, int code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        McpClientException.class, e -> assertThat(e.rpcCode()).isEqualTo(code));
    }

    @Test
    void theNewestRevisionThatBothSpeakIsChosen() {
        for (Way way : Way.values()) {
            try (McpClient client = to(way).build()) {
                assertThat(client.revision()).isEqualTo(Revision.V2026_07_28);
            }
            try (McpClient client = to(way).revisions(Revision.V2025_03_26, Revision.V2025_06_18)
                    .build()) {
                assertThat(client.revision()).isEqualTo(Revision.V2025_06_18);
            }
        }
    }

    @Test
    void aRequestThatTheServerDoesNotKnowIsNoReasonForASession() {
        for (Way way : Way.values()) {
            try (McpClient client = to(way).build()) {
                assertThatThrownBy(() -> client.request("skills/list", Json.object()))
                        .isInstanceOfSatisfying(
                                McpClientException.class,
                                e -> assertThat(e.rpcCode()).isEqualTo(-32601));
                assertThat(client.revision()).isEqualTo(Revision.V2026_07_28);
            }
        }
    }
}
