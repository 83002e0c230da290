package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.netty.testing.RawClient;
import dev.devmesh.tool.Tool;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class QuestionAcrossServersTest {

    private static final Map<String, ?> CAN_ASK =
            Map.of("io.modelcontextprotocol/clientCapabilities", Map.of("elicitation", Map.of()));

    record Name(String name) {}

    private static MeshServer node(String secret) {
        return MeshServer.of(DevMesh.builder()
                        .sessionSecret(secret)
                        .tool(Tool.named("greet")
                                .handle(call -> "Hello, "
                                        + call.elicit("who", "Who are you?", Name.class)
                                                .orElseThrow()
                                                .name()))
                        .build())
                .port(0)
                .start();
    }

    private static JsonNode call(MeshServer server, Map<String, ?> params) {
        return RawClient.of(server.mcpUri())
                .request("tools/call", params, CAN_ASK)
                .response();
    }

    @Test
    void aQuestionAskedByOneServerIsAnsweredOnAnotherThatKnowsTheSecret() {
        String secret = "the same on both servers, and long enough";
        try (MeshServer a = node(secret);
                MeshServer b = node(secret);
                MeshServer stranger = node("another one, which is long enough as well")) {
            JsonNode question = call(a, Map.of("name", "greet")).path("result");
            assertThat(question.path("resultType").asString()).isEqualTo("input_required");
            Map<String, ?> answered = Map.of(
                    "name",
                    "greet",
                    "requestState",
                    question.path("requestState").asString(),
                    "inputResponses",
                    Map.of("who", Map.of("action", "accept", "content", Map.of("name", "Ada"))));

            assertThat(call(b, answered).at("/result/content/0/text").asString())
                    .isEqualTo("Hello, Ada");
            assertThat(call(stranger, answered).at("/error/code").asInt()).isEqualTo(-32602);
        }
    }
}
