package dev.devmesh.client;

import static dev.devmesh.client.ScriptedServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a server asks while it serves a request ("Multi round-trip requests"). */
class QuestionsTest {

    private static final String FORM = "'why':{'method':'elicitation/create','params':{'message':'Why?',"
            + "'requestedSchema':{'type':'object','properties':{'reason':{'type':'string'}}}}}";
    private static final String PAGE = "'page':{'method':'elicitation/create','params':{'mode':'url','message':'Pay',"
            + "'url':'https://pay.example/1'}}";
    private static final String SAMPLE = "'model':{'method':'sampling/createMessage','params':{'maxTokens':5,"
            + "'systemPrompt':'be brief','messages':[{'role':'user','content':{'type':'text','text':'hi'}}]}}";
    private static final String ROOTS = "'roots':{'method':'roots/list'}";

    private static void ask(ScriptedServer.Reply reply, String members) throws IOException {
        reply.body(
                200,
                "application/json",
                json("{'jsonrpc':'2.0','id':" + reply.id() + ",'result':{'resultType':'input_required'," + members
                        + "}}"));
    }

    private static McpClientBuilder able(ScriptedServer server, List<Object> asked) {
        return McpClient.builder(server.uri())
                .elicitation(question -> {
                    asked.add(question);
                    return ElicitationAnswer.accept(Map.of("reason", "it burns"));
                })
                .urlElicitation(question -> {
                    asked.add(question);
                    return ElicitationAnswer.accept();
                })
                .sampling(question -> {
                    asked.add(question);
                    return SamplingAnswer.text("m1", "hello");
                })
                .roots(List.of(Root.of(Path.of("/tmp/work"))));
    }

    @Test
    void everyQuestionIsAnsweredAndTheSameRequestSentAgainUntilThereIsAResult() throws IOException {
        List<Object> asked = new ArrayList<>();
        try (var server = ScriptedServer.of((request, reply) -> {
                    var responses = request.params().path("inputResponses");
                    if (responses.has("model")) {
                        reply.result("'content':[{'type':'text','text':'done'}]");
                    } else if (request.params()
                            .path("requestState")
                            .asString("")
                            .equals("second")) {
                        ask(reply, "'inputRequests':{" + SAMPLE + "," + ROOTS + "}");
                    } else if (responses.has("why")) {
                        ask(reply, "'requestState':'second'");
                    } else {
                        ask(reply, "'inputRequests':{" + FORM + "," + PAGE + "},'requestState':'first \\u4e16'");
                    }
                });
                McpClient client = able(server, asked).build()) {
            assertThat(client.call("x", Map.of("a", 1)).text()).isEqualTo("done");

            var rounds = server.received();
            assertThat(rounds).hasSize(4);
            assertThat(rounds)
                    .extracting(round -> round.message().path("id").asLong())
                    .doesNotHaveDuplicates();
            assertThat(rounds).allSatisfy(round -> {
                assertThat(round.method()).isEqualTo("tools/call");
                assertThat(round.params().path("arguments").toString()).isEqualTo(json("{'a':1}"));
                assertThat(round.meta("clientCapabilities").toString())
                        .isEqualTo(json("{'elicitation':{'form':{},'url':{}},'sampling':{},'roots':{}}"));
            });
            assertThat(rounds.get(0).params().has("inputResponses")).isFalse();
            assertThat(rounds.get(1).params().path("requestState").asString()).isEqualTo("first 世");
            assertThat(rounds.get(1).params().path("inputResponses").toString())
                    .isEqualTo(json(
                            "{'why':{'action':'accept','content':{'reason':'it burns'}},'page':{'action':'accept'}}"));
            assertThat(rounds.get(2).params().path("requestState").asString()).isEqualTo("second");
            assertThat(rounds.get(2).params().has("inputResponses")).isFalse();
            assertThat(rounds.get(3).params().has("requestState")).isFalse();
            assertThat(rounds.get(3).params().path("inputResponses").toString())
                    .isEqualTo(
                            json("{'model':{'role':'assistant','model':'m1','content':{'type':'text','text':'hello'},"
                                    + "'stopReason':'endTurn'},'roots':{'roots':[{'uri':'file:///tmp/work'}]}}"));
            assertThat(asked).hasSize(3);
            assertThat(asked.get(0)).isInstanceOfSatisfying(FormQuestion.class, question -> {
                assertThat(question.message()).isEqualTo("Why?");
                assertThat(question.schema().at("/properties/reason/type").asString())
                        .isEqualTo("string");
            });
            assertThat(((UrlQuestion) asked.get(1)).url()).hasHost("pay.example");
            assertThat(((SamplingQuestion) asked.get(2)).maxTokens()).isEqualTo(5);
            assertThat(((SamplingQuestion) asked.get(2)).systemPrompt()).isEqualTo("be brief");
        }
    }

    @Test
    void promptsAndResourcesMayAskAsWell() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    if (!request.params().has("inputResponses")) {
                        ask(reply, "'inputRequests':{" + FORM + "}");
                    } else if (request.method().equals("prompts/get")) {
                        reply.result("'messages':[]");
                    } else {
                        reply.result("'contents':[]");
                    }
                });
                McpClient client = McpClient.builder(server.uri())
                        .elicitation(question -> ElicitationAnswer.decline())
                        .build()) {
            assertThat(client.prompt("p", Map.of()).messages()).isEmpty();
            assertThat(client.read("a://b")).isEmpty();
            assertThat(server.received()).hasSize(4);
            assertThat(server.received()
                            .get(3)
                            .params()
                            .at("/inputResponses/why/action")
                            .asString())
                    .isEqualTo("decline");
            assertThat(server.received().get(0).meta("clientCapabilities").toString())
                    .isEqualTo(json("{'elicitation':{'form':{}}}"));
        }
    }

    @Test
    void aListingMayNotAsk() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> ask(reply, "'requestState':'s'"));
                McpClient client = server.client()) {
            assertThatThrownBy(client::tools)
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("a result of type 'input_required' came for tools/list");
        }
    }

    @Test
    void whatNoHandlerWasGivenForFailsWithTheCure() throws IOException {
        for (var expected : Map.of(
                        FORM, ".elicitation(", PAGE, ".urlElicitation(", SAMPLE, ".sampling(", ROOTS, ".roots(")
                .entrySet()) {
            try (var server = ScriptedServer.of(
                            (request, reply) -> ask(reply, "'inputRequests':{" + expected.getKey() + "}"));
                    McpClient client = server.client()) {
                assertThatThrownBy(() -> client.call("x"))
                        .isInstanceOfSatisfying(
                                McpClientException.class,
                                e -> assertThat(e.fix()).contains(expected.getValue()))
                        .hasMessageContaining("which it cannot");
                assertThat(server.received()).hasSize(1);
            }
        }
    }

    @Test
    void questionsThatMakeNoSenseEndTheCall() throws IOException {
        for (String question : List.of(
                "'k':{'method':'shell/run','params':{}}",
                "'k':{'method':'elicitation/create','params':{'mode':'shout','message':'m'}}",
                "'k':{'method':'elicitation/create','params':{'message':'m'}}",
                "'k':{'method':'elicitation/create','params':{'mode':'url','message':'m','url':'file:///etc/passwd'}}",
                "'k':{'method':'elicitation/create','params':{'mode':'url','message':'m','url':'not a uri'}}",
                "'k':{'method':'sampling/createMessage','params':{'maxTokens':1,'messages':[],'tools':[]}}",
                "'k':7")) {
            try (var server = ScriptedServer.of((request, reply) -> ask(reply, "'inputRequests':{" + question + "}"));
                    McpClient client = able(server, new ArrayList<>()).build()) {
                assertThatThrownBy(() -> client.call("x"))
                        .as(question)
                        .isInstanceOf(McpClientException.class)
                        .hasMessageContaining("does not answer as MCP");
            }
        }
    }

    @Test
    void aServerThatNeverStopsAskingIsLeft() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> ask(reply, "'requestState':'again'"));
                McpClient client = McpClient.builder(server.uri()).maxRounds(3).build()) {
            assertThatThrownBy(() -> client.call("x"))
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("still asks for more after 3 rounds");
            assertThat(server.received()).hasSize(3);
        }
    }

    @Test
    void theTimeThatTheUserTakesDoesNotCount() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    if (request.params().has("inputResponses")) {
                        reply.result("'content':[]");
                    } else {
                        ask(reply, "'inputRequests':{" + FORM + "}");
                    }
                });
                McpClient client = McpClient.builder(server.uri())
                        .timeout(Duration.ofMillis(300))
                        .elicitation(question -> {
                            long until =
                                    System.nanoTime() + Duration.ofMillis(400).toNanos();
                            while (System.nanoTime() < until) {
                                Thread.onSpinWait();
                            }
                            return ElicitationAnswer.accept(Json.object());
                        })
                        .build()) {
            assertThat(client.call("x").text()).isEmpty();
        }
    }

    @Test
    void theFailureOfAHandlerReachesTheCaller() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> ask(reply, "'inputRequests':{" + FORM + "}"));
                McpClient client = McpClient.builder(server.uri())
                        .elicitation(question -> {
                            throw new IllegalStateException("no screen");
                        })
                        .build()) {
            assertThatThrownBy(() -> client.call("x")).isInstanceOf(IllegalStateException.class);
        }
    }
}
