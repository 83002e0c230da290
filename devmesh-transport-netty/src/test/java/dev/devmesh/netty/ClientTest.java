package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.call.LogLevel;
import dev.devmesh.client.CallOptions;
import dev.devmesh.client.CallOutcome;
import dev.devmesh.client.CompletionRef;
import dev.devmesh.client.ElicitationAnswer;
import dev.devmesh.client.ListenFilter;
import dev.devmesh.client.ListenHandler;
import dev.devmesh.client.LogMessage;
import dev.devmesh.client.McpClient;
import dev.devmesh.client.McpClientException;
import dev.devmesh.client.PendingCall;
import dev.devmesh.client.Progress;
import dev.devmesh.client.RemotePrompt;
import dev.devmesh.client.RemoteResource;
import dev.devmesh.client.RemoteResourceTemplate;
import dev.devmesh.client.RemoteTool;
import dev.devmesh.client.Root;
import dev.devmesh.client.SamplingAnswer;
import dev.devmesh.client.ServerDescription;
import dev.devmesh.client.Subscription;
import dev.devmesh.completion.Completer;
import dev.devmesh.content.Message;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.question.Sampling;
import dev.devmesh.resource.Resource;
import dev.devmesh.schema.Header;
import dev.devmesh.tool.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The client of this library against the server of this library. */
class ClientTest {

    private record Place(
            @Header("Region") Optional<String> region,
            @Header("Number") Optional<Integer> number) {}

    private record Reason(String reason) {}

    private static final AtomicInteger BEGUN = new AtomicInteger();
    private static final AtomicInteger INTERRUPTED = new AtomicInteger();

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(DevMesh.builder()
            .name("farm")
            .version("3")
            .tool(Tool.named("place")
                    .input(Place.class)
                    .handle((call, in) -> in.region().orElse("none")))
            .tool(Tool.named("steps").handle(call -> {
                call.progress(1, 2, "one");
                call.log(LogLevel.INFO, Map.of("at", "one"));
                call.progress(2, 2, "two");
                return "done";
            }))
            .resource(Resource.text("farm://motd", "text/plain", () -> "moo"))
            .resourceTemplate("farm://build/{id}", (call, vars) -> "log of " + vars.get("id"))
            .prompt(Prompt.named("triage")
                    .argument("log")
                    .completes("log", Completer.of("main.log", "mail.log", "build.log"))
                    .handle((call, args) -> "Why? " + args.get("log")))
            .tool(Tool.named("stuck").handle(call -> {
                BEGUN.incrementAndGet();
                call.progress(1, 2);
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
                String why =
                        call.elicit("why", "Why?", Reason.class).orElseThrow().reason();
                String said =
                        call.sample("said", Sampling.of("Sum up: " + why, 10)).text();
                return why + ", " + said + ", " + call.roots().get(0).uri();
            })));

    @BeforeEach
    void reset() {
        BEGUN.set(0);
        INTERRUPTED.set(0);
    }

    @Test
    void theServerSaysWhatItIs() {
        ServerDescription server = mesh.client().discover();

        assertThat(server.name()).isEqualTo("farm");
        assertThat(server.version()).isEqualTo("3");
        assertThat(server.protocolVersions()).contains("2026-07-28");
        assertThat(server.offers("tools")).isTrue();
    }

    @Test
    void argumentsThatTheServerWantsInHeadersGetThere() {
        try (McpClient knowsNothing = McpClient.connect(mesh.server().mcpUri())) {
            assertThat(knowsNothing
                            .call("place", Map.of("region", "Norðurland 世界", "number", 42))
                            .text())
                    .isEqualTo("Norðurland 世界");
        }
        assertThat(mesh.client().tools()).extracting(RemoteTool::name).contains("place", "curious");
        for (String region : List.of("plain", " outer ", "=?base64?literal?=", "\u0000\n\t", "😀", "")) {
            assertThat(mesh.client().call("place", Map.of("region", region)).text())
                    .isEqualTo(region);
        }
        assertThat(mesh.client().call("place").text()).isEqualTo("none");
    }

    @Test
    void progressAndLogsArriveInOrder() {
        List<Object> heard = new ArrayList<>();

        String text = mesh.client()
                .call(CallOptions.of("steps").onProgress(heard::add).onLog(LogLevel.DEBUG, heard::add))
                .text();

        assertThat(text).isEqualTo("done");
        assertThat(heard).hasSize(3);
        assertThat(((Progress) heard.get(0)).message()).isEqualTo("one");
        assertThat(((LogMessage) heard.get(1)).data().path("at").asString()).isEqualTo("one");
        assertThat(((Progress) heard.get(2)).progress()).isEqualTo(2);
    }

    @Test
    void cancellingInterruptsTheHandler() {
        for (CallOptions options :
                List.of(CallOptions.of("stuck"), CallOptions.of("stuck").onProgress(progress -> {}))) {
            reset();
            PendingCall call = mesh.client().start(options);
            await().until(() -> BEGUN.get() == 1);

            call.cancel();

            await().until(() -> INTERRUPTED.get() == 1);
            assertThatThrownBy(call::result)
                    .isInstanceOfSatisfying(
                            McpClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
        }
    }

    @Test
    void questionsGoToTheHandlersOfTheClient() {
        try (McpClient client = McpClient.builder(mesh.server().mcpUri())
                .elicitation(question -> question.message().equals("Delete it?")
                        ? ElicitationAnswer.accept(Map.of("confirm", true))
                        : ElicitationAnswer.accept(new Reason("it burns")))
                .sampling(question -> SamplingAnswer.text("m", "fire"))
                .roots(List.of(new Root("file:///work", "work")))
                .build()) {
            assertThat(client.call("curious").text()).isEqualTo("it burns, fire, file:///work");
            assertThat(client.call("prune").text()).isEqualTo("deleted");
        }
        try (McpClient shy = McpClient.builder(mesh.server().mcpUri())
                .elicitation(question -> ElicitationAnswer.decline())
                .build()) {
            assertThat(shy.call("prune").text()).doesNotContain("deleted");
        }
    }

    @Test
    void aToolThatAsksIsRefusedToAClientThatCannotAnswer() {
        assertThatThrownBy(() -> mesh.client().call("curious"))
                .isInstanceOfSatisfying(
                        McpClientException.class, e -> assertThat(e.rpcCode()).isEqualTo(-32021));
    }

    @Test
    void anUnknownToolIsNamedWithItsNearest() {
        assertThatThrownBy(() -> mesh.client().call("plåce")) // travels in a header, too
                .isInstanceOfSatisfying(
                        McpClientException.class, e -> assertThat(e.rpcCode()).isEqualTo(-32602))
                .hasMessageContaining("place");
    }

    @Test
    void resourcesPromptsAndCompletionsComeThrough() {
        McpClient client = mesh.client();

        assertThat(client.resources()).extracting(RemoteResource::uri).containsExactly("farm://motd");
        assertThat(client.read("farm://motd"))
                .containsExactly(new ResourceContents.Text("farm://motd", "text/plain", "moo"));
        assertThat(client.resourceTemplates())
                .extracting(RemoteResourceTemplate::uriTemplate)
                .containsExactly("farm://build/{id}");
        assertThat(client.read("farm://build/gr%C3%B6%C3%9Fe").get(0))
                .isInstanceOfSatisfying(
                        ResourceContents.Text.class,
                        text -> assertThat(text.text()).isEqualTo("log of größe"));
        assertThat(client.prompts().get(0).arguments())
                .extracting(RemotePrompt.Argument::name)
                .containsExactly("log");
        assertThat(client.prompt("triage", Map.of("log", "l")).messages()).containsExactly(Message.user("Why? l"));
        assertThat(client.complete(CompletionRef.prompt("triage"), "log", "ma").values())
                .containsExactly("main.log", "mail.log");
        assertThatThrownBy(() -> client.read("farm://nothing"))
                .isInstanceOfSatisfying(
                        McpClientException.class, e -> assertThat(e.rpcCode()).isEqualTo(-32602));
    }

    @Test
    void changesAreToldUntilEitherSideEndsIt() {
        List<String> heard = new CopyOnWriteArrayList<>();
        ListenHandler handler = new ListenHandler() {
            @Override
            public void toolsChanged() {
                heard.add("tools");
            }

            @Override
            public void ended(Optional<McpClientException> reason) {
                heard.add("ended " + reason);
            }
        };
        DevMesh other =
                DevMesh.builder().tool(Tool.named("one").handle(call -> "1")).build();
        MeshServer server = MeshServer.of(other).port(0).start();
        try (server;
                McpClient client = McpClient.connect(server.mcpUri());
                Subscription lasting = client.listen(ListenFilter.none().tools(), handler)) {
            Subscription brief = client.listen(ListenFilter.none().tools(), new ListenHandler() {});
            assertThat(brief.honoured()).isEqualTo(ListenFilter.none().tools());
            brief.close();
            other.tools().register(Tool.named("two").handle(call -> "2"));
            await().until(() -> heard.equals(List.of("tools")));
            assertThat(client.call("two").text()).isEqualTo("2");

            server.close();

            await().until(() -> heard.equals(List.of("tools", "ended Optional.empty")));
            assertThat(lasting.isOpen()).isFalse();
            assertThat(brief.isOpen()).isFalse();
        }
    }

    @Test
    void aCallThatNeedsNoTimeIsNoTask() {
        assertThat(mesh.client().callOrTask(CallOptions.of("steps"))).isInstanceOf(CallOutcome.Finished.class);
    }
}
