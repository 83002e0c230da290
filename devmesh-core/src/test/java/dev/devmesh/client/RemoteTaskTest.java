package dev.devmesh.client;

import static dev.devmesh.client.ScriptedServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.ErrorCode;
import dev.devmesh.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RemoteTaskTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final AtomicInteger polls = new AtomicInteger();

    private static String task(String status, String more) {
        return "'taskId':'t1','status':'" + status + "','createdAt':'2026-11-22T10:00:00Z','lastUpdatedAt':"
                + "'2026-11-22T10:00:01Z','ttlMs':60000,'pollIntervalMs':20,'statusMessage':'busy'" + more;
    }

    private static void created(ScriptedServer.Reply reply) throws IOException {
        reply.body(
                200,
                "application/json",
                json("{'jsonrpc':'2.0','id':" + reply.id() + ",'result':{'resultType':'task'," + task("working", "")
                        + "}}"));
    }

    /** Answers {@code tasks/get} with the parts in turn, the last one for ever. */
    private ScriptedServer.Script script(String... polled) {
        return (request, reply) -> {
            switch (request.method()) {
                case "tools/call" -> created(reply);
                case "tasks/get" -> reply.result(polled[Math.min(polls.getAndIncrement(), polled.length - 1)]);
                default -> reply.result("");
            }
        };
    }

    @Test
    void aTaskIsAskedForUntilItIsDone() throws IOException {
        try (var server = ScriptedServer.of(script(
                        task("working", ""),
                        task("working", ""),
                        task("completed", ",'result':{'content':[{'type':'text','text':'done'}],'isError':true}")));
                McpClient client = server.client()) {
            CallOutcome outcome = client.callOrTask(CallOptions.of("index"));

            assertThat(outcome).isInstanceOf(RemoteTask.class);
            assertThat(outcome.await(LONG).text()).isEqualTo("done");
            assertThat(polls).hasValue(3);
            assertThat(server.received())
                    .allSatisfy(request -> assertThat(
                                    request.meta("clientCapabilities").toString())
                            .isEqualTo(json("{'extensions':{'io.modelcontextprotocol/tasks':{}}}")));
            assertThat(server.received().get(1).headers()).containsEntry("mcp-name", "t1");
        }
    }

    @Test
    void aResultThatComesAtOnceIsOneToo() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> reply.result("'content':[]"));
                McpClient client = server.client()) {
            assertThat(client.callOrTask(CallOptions.of("quick"))).isInstanceOf(CallOutcome.Finished.class);
            assertThat(client.callOrTask(CallOptions.of("quick")).await(LONG).text())
                    .isEmpty();
        }
    }

    @Test
    void whoKnowsTheIdFindsTheTaskAgain() throws IOException {
        try (var server = ScriptedServer.of(script(task("working", "")));
                McpClient client = server.client()) {
            RemoteTask task = client.task("t1");

            TaskStatus status = task.status();
            assertThat(status.state()).isEqualTo(TaskStatus.State.WORKING);
            assertThat(status.state().isFinal()).isFalse();
            assertThat(status.message()).isEqualTo("busy");
            assertThat(status.createdAt()).contains(Instant.parse("2026-11-22T10:00:00Z"));
            assertThat(status.ttl()).contains(Duration.ofMinutes(1));
            assertThat(status.pollInterval()).contains(Duration.ofMillis(20));
            task.cancel();
            task.answer(Map.of("k", Json.object().put("action", "decline")));

            assertThat(server.received())
                    .extracting(ScriptedServer.Received::method)
                    .containsExactly("tasks/get", "tasks/cancel", "tasks/update");
            assertThat(server.received()
                            .get(2)
                            .params()
                            .at("/inputResponses/k/action")
                            .asString())
                    .isEqualTo("decline");
        }
    }

    @Test
    void whatATaskAsksIsAnsweredOnce() throws IOException {
        String asks = task(
                "input_required",
                ",'inputRequests':{'why':{'method':'elicitation/create','params':{'message':'m','requestedSchema':{}}}}");
        try (var server = ScriptedServer.of(script(asks, asks, task("completed", ",'result':{'content':[]}")));
                McpClient client = McpClient.builder(server.uri())
                        .elicitation(question -> ElicitationAnswer.accept(Map.of("a", 1)))
                        .build()) {
            client.task("t1").await(LONG);

            assertThat(server.received())
                    .extracting(ScriptedServer.Received::method)
                    .containsExactly("tasks/get", "tasks/update", "tasks/get", "tasks/get");
            assertThat(server.received()
                            .get(1)
                            .params()
                            .at("/inputResponses/why")
                            .toString())
                    .isEqualTo(json("{'action':'accept','content':{'a':1}}"));
        }
    }

    @Test
    void aTaskThatFailsOrIsCancelledEndsTheWait() throws IOException {
        try (var server = ScriptedServer.of(script(
                        task("failed", ",'error':{'code':-32603,'message':'disk full','data':{'a':1}}"),
                        task("cancelled", "")));
                McpClient client = server.client()) {
            RemoteTask task = client.task("t1");

            assertThatThrownBy(() -> task.await(LONG))
                    .isInstanceOfSatisfying(McpClientException.class, e -> {
                        assertThat(e.rpcCode()).isEqualTo(-32603);
                        assertThat(e.data().path("a").asInt()).isEqualTo(1);
                    })
                    .hasMessageContaining("disk full");
            assertThatThrownBy(() -> task.await(LONG))
                    .isInstanceOfSatisfying(
                            McpClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
        }
    }

    @Test
    void aTaskThatTakesTooLongGoesOn() throws IOException {
        try (var server = ScriptedServer.of(script(task("working", "")));
                McpClient client = server.client()) {
            assertThatThrownBy(() -> client.task("t1").await(Duration.ofMillis(200)))
                    .isInstanceOfSatisfying(McpClientException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_TIMEOUT);
                        assertThat(e.fix()).contains("It goes on");
                    });
            assertThat(polls.get()).isBetween(3, 12);
            assertThat(server.received()).noneMatch(request -> request.method().equals("tasks/cancel"));
        }
    }

    @Test
    void nonsenseAboutATaskIsRefused() throws IOException {
        for (String nonsense : new String[] {
            "'taskId':'t1','status':'dreaming'",
            "'status':'working'",
            "'taskId':'other','status':'working'",
            task("completed", "")
        }) {
            try (var server = ScriptedServer.of(script(nonsense));
                    McpClient client = server.client()) {
                assertThatThrownBy(() -> client.task("t1").await(LONG))
                        .as(nonsense)
                        .isInstanceOf(McpClientException.class)
                        .hasMessageContaining("does not answer as MCP");
            }
        }
    }
}
