package dev.devmesh.launcher.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.launcher.Main;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The official Java client with {@code devmesh stdio --dev} as its child process. */
@Timeout(60)
final class StdioCommandTest {

    @TempDir
    Path home;

    @Test
    void remembersForAnAgentOverItsStandardStreams() {
        List<String> updated = new CopyOnWriteArrayList<>();
        List<String> said = new CopyOnWriteArrayList<>();
        StdioClientTransport program = ChildProcess.of(home, Main.class, "stdio", "--dev");
        program.setStdErrorHandler(said::add);

        try (McpSyncClient client = McpClient.sync(program)
                .resourcesUpdateConsumer(contents -> contents.forEach(content -> updated.add(content.uri())))
                .build()) {
            McpSchema.InitializeResult agreed = client.initialize();
            assertThat(agreed.protocolVersion()).isEqualTo("2025-11-25");
            assertThat(agreed.serverInfo().name()).isEqualTo("devmesh");
            assertThat(client.ping()).isNotNull();
            assertThat(client.listTools().tools())
                    .extracting(McpSchema.Tool::name)
                    .contains("context_create", "context_append", "context_search");

            String id = (String)
                    call(client, "context_create", Map.of("name", "red build")).get("id");
            String uri = "devmesh://contexts/" + id;
            client.subscribeResource(McpSchema.SubscribeRequest.builder(uri).build());
            call(
                    client,
                    "context_append",
                    Map.of("context", id, "items", List.of(Map.of("role", "user", "content", "main is red"))));

            await().untilAsserted(() -> assertThat(updated).contains(uri));
            assertThat(client.readResource(
                                    McpSchema.ReadResourceRequest.builder(uri).build())
                            .contents())
                    .singleElement()
                    .extracting(Object::toString)
                    .asString()
                    .contains("main is red");
            assertThat(client.closeGracefully()).isTrue();
        }
        assertThat(said).noneMatch(line -> line.contains("Exception"));
    }

    @SuppressWarnings("unchecked") // structured content is untyped in the official client
    private static Map<String, Object> call(McpSyncClient client, String tool, Map<String, Object> arguments) {
        CallToolResult result = client.callTool(
                CallToolRequest.builder(tool).arguments(arguments).build());
        assertThat(result.isError()).as(String.valueOf(result.content())).isNotEqualTo(true);
        return (Map<String, Object>) result.structuredContent();
    }
}
