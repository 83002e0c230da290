package dev.devmesh.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.Execution;
import dev.devmesh.client.CallOptions;
import dev.devmesh.client.CompletionRef;
import dev.devmesh.client.McpClient;
import dev.devmesh.client.Progress;
import dev.devmesh.content.Message;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.context.ContextItem;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.question.Question;
import dev.devmesh.schema.JsonSchema;
import dev.devmesh.tool.ToolResult;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class ExamplesTest {

    @RegisterExtension
    static final MeshExtension asking = MeshExtension.with(ToolThatAsksTheUser.hotfix());

    @Test
    void aToolAsksTheUserAndTheClientAnswers() {
        assertThat(ToolThatAsksTheUser.release(asking.server().mcpUri(), "main is red"))
                .isEqualTo("released, because main is red");
        ToolThatAsksTheUser.main(new String[0]);
    }

    @Test
    void aMisspeltQuestionFindsWhatWasRemembered() throws InterruptedException {
        assertThat(SearchByMeaning.find("kuberentes clusters"))
                .extracting(hit -> hit.item().content())
                .containsExactly("the kubernetes cluster restarts");
        SearchByMeaning.main(new String[0]);
    }

    @Test
    void tenLinesServeATool() {
        try (MeshServer server = EmbedInTenLines.serve(0);
                McpClient client = McpClient.connect(server.mcpUri())) {
            assertThat(client.call("add", Map.of("a", 2, "b", 3)).text()).isEqualTo("5");
        }
    }

    @Test
    void aRecordBecomesAToolWithSchemas() {
        try (DevMesh mesh = DevMesh.builder().tool(ToolFromRecord.forecast()).build()) {
            mesh.start();

            ToolResult oslo = mesh.call(Principal.anonymous(), "forecast", Map.of("city", "Oslo"));
            ToolResult nowhere = mesh.call(Principal.anonymous(), "forecast", Map.of("city", "Atlantis"));

            assertThat(oslo.text()).isEqualTo("{\"city\":\"Oslo\",\"degrees\":-3.5,\"unit\":\"CELSIUS\"}");
            assertThat(nowhere.isError()).isTrue();
            assertThat(nowhere.text()).contains("try Oslo or Lagos");
        }
        ToolFromRecord.main(new String[0]);
    }

    @Test
    void aMemoryIsCompactedAndErased() {
        try (DevMesh mesh = DevMesh.builder()
                .summarizer((items, maxTokens) -> items.size() + " builds")
                .build()) {
            mesh.start();

            assertThat(MemoryOfAnAgent.remember(mesh.contexts()))
                    .extracting(ContextItem::content)
                    .containsExactly(
                            "You watch the builds of main.",
                            "38 builds",
                            "Build 39 of main passed all of its tests",
                            "Build 40 of main passed all of its tests");
        }
        MemoryOfAnAgent.main(new String[0]);
    }

    @Test
    void aLongToolTellsItsProgressAndStopsWhenAsked() {
        try (MeshServer server = MeshServer.of(DevMesh.builder()
                                .tool(ToolWithProgressAndCancel.index(Duration.ofMillis(5)))
                                .build())
                        .port(0)
                        .start();
                McpClient client = McpClient.connect(server.mcpUri())) {
            List<Progress> heard = new ArrayList<>();

            ToolResult result =
                    client.call(CallOptions.of("index", Map.of("files", 3)).onProgress(heard::add));

            assertThat(heard).hasSize(3);
            assertThat(result.text()).contains("indexed 3 files");
        }
        try (DevMesh mesh = DevMesh.builder()
                .tool(ToolWithProgressAndCancel.index(Duration.ofMillis(20)))
                .build()) {
            mesh.start();
            Execution<ToolResult> endless =
                    mesh.invoke(CallRequest.of(Principal.anonymous(), "index", Map.of("files", 10_000)));
            endless.cancel("changed my mind");
            await().until(() -> endless.result().toCompletableFuture().isDone());
        }
    }

    @Test
    void theConformanceServerListsItsFixtures() {
        try (MeshServer server = MeshServer.of(ConformanceServer.mesh()).port(0).start();
                McpClient client = McpClient.connect(server.mcpUri())) {
            assertThat(client.tools().get(0).name()).isEqualTo("test_simple_text");
            assertThat(client.call("test_simple_text").text()).isEqualTo("This is a simple text response for testing.");
        }
    }

    @ParameterizedTest
    @MethodSource
    void aFormOfAForeignSchemaReachesTheClientAsItIs(JsonSchema form) {
        JsonNode asked =
                Question.form("form", "Please fill in the form", form).params().path("requestedSchema");

        assertThat(asked).isEqualTo(form.json());
    }

    static List<JsonSchema> aFormOfAForeignSchemaReachesTheClientAsItIs() {
        return List.of(SessionFixtures.DEFAULTS, SessionFixtures.CHOICES);
    }

    @Test
    void resourcesAreReadAndPromptsUsedByAClient() {
        try (MeshServer server =
                        MeshServer.of(ResourcesAndPrompts.mesh()).port(0).start();
                McpClient client = McpClient.connect(server.mcpUri())) {
            assertThat(client.resources()).hasSize(1);
            assertThat(client.read("farm://build/42/log"))
                    .containsExactly(new ResourceContents.Text(
                            "farm://build/42/log", "text/plain", "exit code 1: no such file"));
            assertThatThrownBy(() -> client.read("farm://build/43/log")).hasMessageContaining("no resource");
            assertThat(client.complete(CompletionRef.resource("farm://build/{id}/log"), "id", "4")
                            .values())
                    .containsExactly("41", "42");
            assertThat(client.prompt("triage", Map.of("build", "42")).messages())
                    .containsExactly(Message.user("Why did this fail? Be calm.\nexit code 1: no such file"));
        }
    }

    @Test
    void aLongRunningToolIsATaskThatAnyClientOfTheSameCallerCanFetch() {
        try (MeshServer server = MeshServer.of(DevMesh.builder()
                        .tool(LongRunningTask.report(Duration.ofMillis(100)))
                        .build())
                .port(0)
                .start()) {
            String task = LongRunningTask.begin(server.mcpUri(), 2026);

            assertThat(LongRunningTask.fetch(server.mcpUri(), task)).isEqualTo("report of 2026 for ann@example.com");
        }
    }

    @Test
    void aProgramServesItsStandardStreams() throws Exception {
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        ToolsOverStdio.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (OutputStream in = program.getOutputStream()) {
            in.write(("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"shout\","
                            + "\"arguments\":{\"text\":\"hello\"},\"_meta\":{"
                            + "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                            + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}\n")
                    .getBytes(StandardCharsets.UTF_8));
        }

        assertThat(new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines())
                .singleElement(STRING)
                .contains("\"text\":\"HELLO\"");
        assertThat(program.waitFor()).isZero();
    }
}
