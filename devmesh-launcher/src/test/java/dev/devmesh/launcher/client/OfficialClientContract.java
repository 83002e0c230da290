package dev.devmesh.launcher.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import io.modelcontextprotocol.spec.McpSchema.LoggingMessageNotification;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the official Java client gets from a {@link SampleMesh}, whatever lies between them. */
@Timeout(60)
abstract class OfficialClientContract {

    private final List<LoggingMessageNotification> logged = new CopyOnWriteArrayList<>();
    private final List<ProgressNotification> progress = new CopyOnWriteArrayList<>();
    private final List<String> changes = new CopyOnWriteArrayList<>();
    private final List<String> updates = new CopyOnWriteArrayList<>();
    private McpSyncClient client;

    /** A new way to a mesh that nobody has used yet. */
    abstract McpClientTransport transport();

    /** No client uses the mesh any more. */
    void stop() {}

    @BeforeEach
    void connect() {
        client = McpClient.sync(transport())
                .requestTimeout(Duration.ofSeconds(30))
                .clientInfo(McpSchema.Implementation.builder("official", "1").build())
                .capabilities(McpSchema.ClientCapabilities.builder()
                        .roots(true)
                        .sampling()
                        .elicitation()
                        .build())
                .roots(new McpSchema.Root("file:///home/ann/project", "project"))
                .elicitation(form -> new ElicitResult(
                        ElicitResult.Action.ACCEPT,
                        Map.of("text", form.message() + form.requestedSchema().get("required"), "urgent", true)))
                .sampling(sampling -> McpSchema.CreateMessageResult.builder(
                                McpSchema.Role.ASSISTANT, "tokens: " + sampling.maxTokens(), "small-model")
                        .build())
                .loggingConsumer(logged::add)
                .progressConsumer(progress::add)
                .toolsChangeConsumer(tools -> tools.forEach(tool -> changes.add("tool " + tool.name())))
                .resourcesChangeConsumer(
                        resources -> resources.forEach(resource -> changes.add("resource " + resource.uri())))
                .promptsChangeConsumer(prompts -> prompts.forEach(prompt -> changes.add("prompt " + prompt.name())))
                .resourcesUpdateConsumer(contents -> contents.forEach(content -> updates.add(content.uri())))
                .build();
        client.initialize();
    }

    @AfterEach
    void disconnect() {
        client.closeGracefully();
        stop();
    }

    @Test
    void agreesOnTheNewestRevisionWithSessions() {
        McpSchema.InitializeResult agreed = client.getCurrentInitializationResult();

        assertThat(agreed.protocolVersion()).isEqualTo("2025-11-25");
        assertThat(agreed.serverInfo().name()).isEqualTo("sample");
        assertThat(agreed.capabilities().tools().listChanged()).isTrue();
        assertThat(agreed.capabilities().prompts().listChanged()).isTrue();
        assertThat(agreed.capabilities().resources().listChanged()).isTrue();
        assertThat(agreed.capabilities().resources().subscribe()).isTrue();
        assertThat(agreed.capabilities().logging()).isNotNull();
        assertThat(agreed.capabilities().completions()).isNotNull();
        assertThat(client.ping()).isNotNull();
    }

    @Test
    void listsAndCallsTools() {
        assertThat(client.listTools().tools())
                .extracting(McpSchema.Tool::name)
                .contains("add", "count", "hotfix", "grow")
                .doesNotContain("grown");
        assertThat(client.listTools().tools().get(0).outputSchema()).containsEntry("type", "object");

        CallToolResult sum = call("add", Map.of("a", 2, "b", 3));
        assertThat(sum.structuredContent()).isEqualTo(Map.of("sum", 5));
        assertThat(text(sum)).isEqualTo("{\"sum\":5}");

        CallToolResult failed = call("fail", Map.of());
        assertThat(failed.isError()).isTrue();
        assertThat(text(failed)).contains("no paper");
        CallToolResult wrong = call("add", Map.of("a", 2));
        assertThat(wrong.isError()).isTrue();
        assertThat(text(wrong)).contains("b is required");
        assertThatThrownBy(() -> call("ad", Map.of()))
                .isInstanceOfSatisfying(
                        McpError.class,
                        error -> assertThat(error.getJsonRpcError().code()).isEqualTo(-32602))
                .hasMessageContaining("add");
    }

    @Test
    void hearsProgressAndTheLogOfItsLevel() {
        client.setLoggingLevel(LoggingLevel.INFO);

        CallToolResult result = client.callTool(
                CallToolRequest.builder("count").progressToken("count-1").build());

        assertThat(text(result)).isEqualTo("counted");
        await().untilAsserted(() -> {
            assertThat(progress)
                    .extracting(ProgressNotification::message)
                    .containsExactlyInAnyOrder("step 1", "step 2", "step 3");
            assertThat(logged)
                    .extracting(LoggingMessageNotification::data)
                    .containsExactlyInAnyOrder("counted 1", "counted 2", "counted 3");
        });
        assertThat(progress).allSatisfy(step -> {
            assertThat(step.progressToken()).isEqualTo("count-1");
            assertThat(step.total()).isEqualTo(3);
        });
    }

    @Test
    void answersQuestionsWhileItsCallWaits() {
        assertThat(text(call("hotfix", Map.of()))).isEqualTo("because Why is this a hotfix?[text, urgent], now");
        assertThat(text(call("think", Map.of()))).isEqualTo("thought: tokens: 20");
        assertThat(text(call("folders", Map.of()))).isEqualTo("file:///home/ann/project");
    }

    @Test
    void readsResources() {
        assertThat(client.listResources().resources())
                .extracting(McpSchema.Resource::uri)
                .containsExactly("memo://today");
        assertThat(client.listResourceTemplates().resourceTemplates())
                .extracting(McpSchema.ResourceTemplate::uriTemplate)
                .containsExactly("memo://day/{day}");
        assertThat(contents("memo://today")).isEqualTo("Green builds only.");
        assertThat(contents("memo://day/1")).isEqualTo("memo of 1");
        assertThatThrownBy(() -> contents("memo://yesterday"))
                .isInstanceOfSatisfying(
                        McpError.class,
                        error -> assertThat(error.getJsonRpcError().code()).isEqualTo(-32002));
    }

    @Test
    void usesPromptsAndHasArgumentsCompleted() {
        McpSchema.GetPromptResult prompt = client.getPrompt(McpSchema.GetPromptRequest.builder("triage")
                .arguments(Map.of("log", "exit code 1"))
                .build());

        assertThat(client.listPrompts().prompts())
                .extracting(McpSchema.Prompt::name)
                .containsExactly("triage");
        assertThat(prompt.messages()).hasSize(1);
        assertThat(((TextContent) prompt.messages().get(0).content()).text())
                .isEqualTo("Why did this fail?\nexit code 1");
        assertThat(client.completeCompletion(McpSchema.CompleteRequest.builder(
                                        new McpSchema.PromptReference("triage"),
                                        new McpSchema.CompleteRequest.CompleteArgument("log", "b"))
                                .build())
                        .completion()
                        .values())
                .containsExactly("build", "bench");
    }

    @Test
    void hearsOfChangedLists() {
        // Until the client listens, which it does in its own time, it hears of nothing: so again until it did.
        await().untilAsserted(() -> {
            call("shrink", Map.of());
            call("grow", Map.of());
            assertThat(changes).contains("tool grown", "resource memo://grown", "prompt grown");
        });

        assertThat(client.listTools().tools()).extracting(McpSchema.Tool::name).contains("grown");
    }

    @Test
    void hearsOfTheResourcesItSubscribedTo() {
        call("touch", Map.of());
        client.subscribeResource(
                McpSchema.SubscribeRequest.builder("memo://today").build());
        await().untilAsserted(() -> {
            call("touch", Map.of());
            assertThat(updates).contains("memo://today");
        });

        client.unsubscribeResource(
                McpSchema.UnsubscribeRequest.builder("memo://today").build());
    }

    @Test
    void goesAndComesBackAsAnother() {
        assertThat(client.closeGracefully()).isTrue();

        connect();
        assertThat(text(call("add", Map.of("a", 1, "b", 1)))).isEqualTo("{\"sum\":2}");
    }

    private CallToolResult call(String tool, Map<String, Object> arguments) {
        return client.callTool(
                CallToolRequest.builder(tool).arguments(arguments).build());
    }

    private static String text(CallToolResult result) {
        return ((TextContent) result.content().get(0)).text();
    }

    private String contents(String uri) {
        return ((TextResourceContents) client.readResource(
                                McpSchema.ReadResourceRequest.builder(uri).build())
                        .contents()
                        .get(0))
                .text();
    }
}
