package dev.devmesh.client;

import static dev.devmesh.client.ScriptedServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.Revision;
import dev.devmesh.call.LogLevel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session over HTTP with a server that knows nothing else. */
class SessionTest {

    private static final String FINE = "'content':[{'type':'text','text':'fine'}]";
    private static final String FORM =
            "'method':'elicitation/create','params':{'message':'Why?','requestedSchema':{'type':'object'}}";

    private static ScriptedServer.Script fine() {
        return (request, reply) -> {
            if (request.verb().equals("GET")) {
                if (request.headers().get("mcp-protocol-version").equals("2025-11-25")) {
                    reply.error(405, "{'code':-32000,'message':'Method not allowed.'}");
                } else {
                    reply.status(405);
                }
            } else if (request.message().has("id") && request.message().has("method")) {
                reply.result(FINE);
            }
        };
    }

    @Test
    void theFirstRequestFindsOutAndIsRepeatedInASession() throws IOException {
        try (var server = new SessionServer(fine());
                McpClient client = server.client()) {
            assertThat(client.call("x", Map.of("a", 1)).text()).isEqualTo("fine");
            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(client.revision()).isEqualTo(Revision.V2025_11_25);

            assertThat(server.methods())
                    .containsExactly(
                            "tools/call", "initialize", "notifications/initialized", "tools/call", "tools/call");
            var greeting = server.received("initialize").get(0);
            assertThat(greeting.params().path("protocolVersion").asString()).isEqualTo("2025-11-25");
            assertThat(greeting.params().path("capabilities").toString()).isEqualTo("{}");
            assertThat(greeting.params().path("clientInfo").path("name").asString())
                    .isEqualTo("devmesh-client");
            assertThat(greeting.headers()).doesNotContainKeys("mcp-protocol-version", "mcp-session-id", "mcp-method");
            var call = server.http().received().get(3);
            assertThat(call.headers())
                    .containsEntry("mcp-session-id", "s1")
                    .containsEntry("mcp-protocol-version", "2025-11-25")
                    .doesNotContainKeys("mcp-method", "mcp-name");
            assertThat(call.params().toString()).isEqualTo(json("{'name':'x','arguments':{'a':1}}"));
        }
    }

    @Test
    void theServerSaysWhatItIsInItsGreeting() throws IOException {
        try (var server = new SessionServer(fine());
                McpClient client = server.client()) {
            ServerDescription description = client.discover();

            assertThat(description.name()).isEqualTo("old");
            assertThat(description.instructions()).isEqualTo("i");
            assertThat(description.protocolVersions()).containsExactly("2025-11-25");
            assertThat(description.offers("logging")).isTrue();
            assertThat(server.methods()).containsExactly("server/discover", "initialize", "notifications/initialized");
        }
    }

    @Test
    void aServerOfMarch2025IsToldNoRevisionInHeaders() throws IOException {
        try (var server = new SessionServer(fine()).speaking("2025-03-26");
                McpClient client = server.builder()
                        .revisions(Revision.V2025_03_26)
                        .elicitation(question -> ElicitationAnswer.decline())
                        .build()) {
            assertThat(client.revision()).isEqualTo(Revision.V2025_03_26);
            client.call("x");

            assertThat(server.methods()).startsWith("initialize", "notifications/initialized");
            assertThat(server.received("initialize")
                            .get(0)
                            .params()
                            .path("capabilities")
                            .toString())
                    .isEqualTo("{}");
            assertThat(server.received("tools/call").get(0).headers())
                    .containsEntry("mcp-session-id", "s1")
                    .doesNotContainKey("mcp-protocol-version");
        }
    }

    @Test
    void aServerWithoutSessionIdsIsSpokenToWithoutThem() throws IOException {
        try (var server = new SessionServer(fine()).withoutIds()) {
            McpClient client = server.builder().revisions(Revision.V2025_11_25).build();
            assertThat(client.call("x").text()).isEqualTo("fine");
            client.close();
            assertThat(server.methods()).doesNotContain("DELETE");
        }
    }

    @Test
    void closingTheClientEndsTheSession() throws IOException {
        try (var server = new SessionServer(fine())) {
            McpClient client = server.client();
            client.call("x");
            client.close();
            client.close();

            var last = server.http().received().get(server.http().received().size() - 1);
            assertThat(last.verb()).isEqualTo("DELETE");
            assertThat(last.headers()).containsEntry("mcp-session-id", "s1");
            assertThatThrownBy(() -> client.call("x")).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aSessionThatTheServerHasForgottenIsReplacedOnce() throws IOException {
        try (var server = new SessionServer(fine());
                McpClient client = server.client()) {
            client.call("x");
            server.forget();

            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(server.received("initialize")).hasSize(2);
            assertThat(server.http()
                            .received()
                            .get(server.http().received().size() - 1)
                            .headers())
                    .containsEntry("mcp-session-id", "s2");
        }
    }

    @Test
    void aServerThatForgetsAtOnceIsNotAskedForEver() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    if (request.method().equals("initialize")) {
                        reply.body(
                                200,
                                "application/json",
                                json("{'jsonrpc':'2.0','id':" + reply.id()
                                        + ",'result':{'protocolVersion':'2025-06-18','capabilities':{}}}"),
                                "Mcp-Session-Id: s");
                    } else if (request.method().startsWith("notifications/")) {
                        reply.status(202);
                    } else {
                        reply.status(404);
                    }
                });
                McpClient client = server.client()) {
            assertThatThrownBy(() -> client.call("x"))
                    .isInstanceOfSatisfying(
                            McpClientException.class,
                            e -> assertThat(e.status()).isEqualTo(404));
            assertThat(server.received()).hasSizeLessThan(12);
        }
    }

    @Test
    void progressLogsAndQuestionsComeBeforeTheResult() throws IOException {
        CompletableFuture<String> answered = new CompletableFuture<>();
        try (var server = new SessionServer((request, reply) -> {
                    if (request.verb().equals("GET")) {
                        reply.status(405);
                    } else if (request.message().has("result")) {
                        answered.complete(request.message().toString());
                    } else if (request.method().equals("tools/call")) {
                        int token = request.params().at("/_meta/progressToken").asInt(0);
                        reply.stream()
                                .event("1", "") // as 2025-11-25 has it: something to come back to
                                .notification("progress", "{'progressToken':" + token + ",'progress':1}")
                                .notification("message", "{'level':'debug','data':'too much'}")
                                .notification("message", "{'level':'info','data':'just right'}")
                                .event("{'jsonrpc':'2.0','id':'q1'," + FORM + "}");
                        answered.join();
                        reply.event(reply.response(FINE)).end();
                    } else if (request.message().has("id")) {
                        reply.result("");
                    }
                });
                McpClient client = server.builder()
                        .elicitation(question -> ElicitationAnswer.accept(Map.of("reason", question.message())))
                        .build()) {
            List<Object> heard = new ArrayList<>();
            String text = client.call(CallOptions.of("x").onProgress(heard::add).onLog(LogLevel.INFO, heard::add))
                    .text();

            assertThat(text).isEqualTo("fine");
            assertThat(heard).hasSize(2);
            assertThat(((LogMessage) heard.get(1)).data().asString()).isEqualTo("just right");
            assertThat(answered.join())
                    .isEqualTo(json(
                            "{'jsonrpc':'2.0','id':'q1','result':{'action':'accept','content':{'reason':'Why?'}}}"));
            assertThat(server.received("initialize")
                            .get(0)
                            .params()
                            .path("capabilities")
                            .toString())
                    .isEqualTo(json("{'elicitation':{'form':{}}}"));
            assertThat(server.received("logging/setLevel"))
                    .singleElement()
                    .satisfies(
                            request -> assertThat(request.params().path("level").asString())
                                    .isEqualTo("info"));
            client.call(CallOptions.of("x").onLog(LogLevel.WARNING, heard::add));
            assertThat(server.received("logging/setLevel")).hasSize(1);
        }
    }

    @Test
    void whatTheClientCannotAnswerIsRefusedAndTheCallGoesOn() throws IOException {
        List<String> responses = new CopyOnWriteArrayList<>();
        CountDownLatch all = new CountDownLatch(5);
        try (var server = new SessionServer((request, reply) -> {
                    if (request.verb().equals("GET")) {
                        reply.status(405);
                    } else if (!request.message().has("method")) {
                        responses.add(request.message().toString());
                        all.countDown();
                    } else if (request.method().equals("tools/call")) {
                        reply.stream()
                                .event("{'jsonrpc':'2.0','id':1,'method':'sampling/createMessage','params':{}}")
                                .event("{'jsonrpc':'2.0','id':2,'method':'shell/run'}")
                                .event(
                                        "{'jsonrpc':'2.0','id':3,'method':'elicitation/create','params':{'message':'m'}}")
                                .event("{'jsonrpc':'2.0','id':4," + FORM + "}")
                                .event("{'jsonrpc':'2.0','id':5,'method':'ping'}");
                        try {
                            all.await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                        reply.event(reply.response(FINE)).end();
                    }
                });
                McpClient client = server.builder()
                        .elicitation(question -> {
                            throw new IllegalStateException("no screen");
                        })
                        .build()) {
            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(responses)
                    .anySatisfy(response ->
                            assertThat(response).contains("\"id\":1").contains("-32601"))
                    .anySatisfy(response ->
                            assertThat(response).contains("\"id\":2").contains("-32601"))
                    .anySatisfy(response ->
                            assertThat(response).contains("\"id\":3").contains("-32602"))
                    .anySatisfy(response -> assertThat(response)
                            .contains("\"id\":4")
                            .contains("-32603")
                            .doesNotContain("screen"))
                    .anySatisfy(
                            response -> assertThat(response).isEqualTo(json("{'jsonrpc':'2.0','id':5,'result':{}}")));
        }
    }

    @Test
    void theTimeThatTheUserTakesDoesNotCount() throws IOException {
        CountDownLatch answered = new CountDownLatch(1);
        try (var server = new SessionServer((request, reply) -> {
                    if (!request.message().has("method")) {
                        answered.countDown();
                    } else if (request.method().equals("tools/call")) {
                        reply.stream().event("{'jsonrpc':'2.0','id':4," + FORM + "}");
                        try {
                            answered.await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                        reply.event(reply.response(FINE)).end();
                    }
                });
                McpClient client = server.builder()
                        .timeout(Duration.ofMillis(700))
                        .elicitation(question -> {
                            long until =
                                    System.nanoTime() + Duration.ofMillis(1_200).toNanos();
                            while (System.nanoTime() < until) {
                                Thread.onSpinWait();
                            }
                            return ElicitationAnswer.decline();
                        })
                        .build()) {
            assertThat(client.call("x").text()).isEqualTo("fine");
        }
    }

    @Test
    void givingUpTellsTheServerWhichRequest() throws IOException {
        AtomicInteger begun = new AtomicInteger();
        try (var server = new SessionServer((request, reply) -> {
                    if (request.method().equals("tools/call")) {
                        begun.incrementAndGet();
                        reply.stream().awaitDisconnect();
                    }
                });
                McpClient client = server.client()) {
            PendingCall call = client.start(CallOptions.of("x"));
            CompletableFuture<McpClientException> problem =
                    CompletableFuture.supplyAsync(() -> catchThrowableOfType(McpClientException.class, call::result));
            await().until(() -> begun.get() == 1);

            call.cancel();

            assertThat(problem.join().code()).isEqualTo(ErrorCode.CANCELLED);
            await().until(() -> server.received("notifications/cancelled").size() == 1);
            var sent = server.received("tools/call").get(1);
            var cancelled = server.received("notifications/cancelled").get(0);
            assertThat(cancelled.params().path("requestId"))
                    .isEqualTo(sent.message().path("id"));
            assertThat(cancelled.headers()).containsEntry("mcp-session-id", "s1");
        }
    }

    @Test
    void aTimeoutTellsTheServerToo() throws IOException {
        try (var server = new SessionServer((request, reply) -> {
                    if (request.method().equals("tools/call")) {
                        reply.stream().awaitDisconnect();
                    }
                });
                McpClient client = server.client()) {
            assertThatThrownBy(() -> client.call(CallOptions.of("x").timeout(Duration.ofMillis(300))))
                    .isInstanceOfSatisfying(
                            McpClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_TIMEOUT));
            await().until(() -> server.received("notifications/cancelled").size() == 1);
        }
    }

    @Test
    void aStreamThatBreaksOffIsGoneOnWithAfterItsLastEvent() throws IOException {
        AtomicInteger gets = new AtomicInteger();
        AtomicInteger request1 = new AtomicInteger();
        try (var server = new SessionServer((request, reply) -> {
                    if (request.verb().equals("GET")) {
                        if (gets.incrementAndGet() == 1) {
                            reply.stream()
                                    .event(
                                            "e3",
                                            "{'jsonrpc':'2.0','method':'notifications/progress','params':{"
                                                    + "'progressToken':" + request1.get() + ",'progress':2}}")
                                    .end(); // polled
                        } else {
                            reply.stream()
                                    .event(
                                            "e4",
                                            "{'jsonrpc':'2.0','id':" + request1.get() + ",'result':{" + FINE + "}}")
                                    .end();
                        }
                    } else if (request.method().equals("tools/call")) {
                        request1.set(request.message().path("id").asInt());
                        reply.stream()
                                .chunk("id: e1\nretry: 60\ndata:\n\n")
                                .event(
                                        "e2",
                                        "{'jsonrpc':'2.0','method':'notifications/progress','params':{"
                                                + "'progressToken':" + reply.id() + ",'progress':1}}")
                                .hangUp();
                    }
                });
                McpClient client = server.client()) {
            List<Double> heard = new ArrayList<>();
            String text = client.call(CallOptions.of("x").onProgress(step -> heard.add(step.progress())))
                    .text();

            assertThat(text).isEqualTo("fine");
            assertThat(heard).containsExactly(1.0, 2.0);
            assertThat(server.http().received().stream()
                            .filter(request -> request.verb().equals("GET"))
                            .map(request -> request.headers().get("last-event-id") + " "
                                    + request.headers().get("mcp-session-id")))
                    .containsExactly("e2 s1", "e3 s1");
        }
    }

    @Test
    void aStreamThatCannotBeGoneOnWithIsLostAndNotRepeated() throws IOException {
        ScriptedServer.Script empty = (request, reply) -> reply.status(404);
        ScriptedServer.Script worded = (request, reply) ->
                reply.body(404, "application/json", json("{'jsonrpc':'2.0','error':{'code':-32001,'message':'gone'}}"));
        ScriptedServer.Script closed = (request, reply) -> reply.hangUp();
        for (String id : List.of("id: e1\n", "")) {
            for (ScriptedServer.Script rest : List.of(empty, worded, closed)) {
                try (var server = new SessionServer((request, reply) -> {
                            if (request.verb().equals("GET")) {
                                rest.answer(request, reply);
                            } else if (request.method().equals("tools/call")) {
                                reply.stream()
                                        .chunk(id + "retry: 50\ndata:\n\n")
                                        .hangUp();
                            }
                        });
                        McpClient client = server.client()) {
                    assertThatThrownBy(() -> client.call("x")).isInstanceOfSatisfying(McpClientException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
                        assertThat(e.fix()).contains("Whether the request was carried out is not known");
                    });
                    assertThat(server.received("tools/call")).hasSize(2); // with the one that found out
                }
            }
        }
    }

    @Test
    void changesComeByTheStreamOfTheSession() throws IOException {
        List<String> heard = new CopyOnWriteArrayList<>();
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean gone = new AtomicBoolean();
        try (var server = new SessionServer((request, reply) -> {
            if (request.verb().equals("GET")) {
                reply.stream();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                reply.notification("tools/list_changed", "{}")
                        .notification("prompts/list_changed", "{}")
                        .notification("resources/updated", "{'uri':'a://b'}")
                        .notification("resources/updated", "{'uri':'a://c'}");
                reply.awaitDisconnect();
                gone.set(true);
            } else if (request.message().has("id")) {
                reply.result("");
            }
        })) {
            McpClient client = server.client();
            ListenHandler handler = new ListenHandler() {
                @Override
                public void toolsChanged() {
                    heard.add("tools");
                }

                @Override
                public void promptsChanged() {
                    heard.add("prompts");
                }

                @Override
                public void resourceUpdated(String uri) {
                    heard.add(uri);
                }

                @Override
                public void ended(Optional<McpClientException> reason) {
                    heard.add("ended");
                }
            };
            Subscription first =
                    client.listen(ListenFilter.none().tools().prompts().resource("a://b"), handler);
            Subscription second = client.listen(ListenFilter.none().resource("a://b"), new ListenHandler() {});
            assertThat(first.honoured()).isEqualTo(ListenFilter.none().tools().resource("a://b"));
            go.countDown();

            await().untilAsserted(() -> assertThat(heard).containsExactly("tools", "a://b"));
            assertThat(server.received("resources/subscribe")).hasSize(1);
            second.close();
            first.close();
            await().until(() -> server.received("resources/unsubscribe").size() == 1);
            assertThat(server.methods().stream().filter("GET"::equals)).hasSize(1);
            client.close();
            await().untilTrue(gone);
            assertThat(heard).doesNotContain("ended");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-06-18", "2025-11-25"})
    void aServerThatTellsNothingSaysSo(String revision) throws IOException {
        try (var server = new SessionServer(fine()).speaking(revision);
                McpClient client = server.client()) {
            assertThatThrownBy(() -> client.listen(ListenFilter.none().tools(), new ListenHandler() {}))
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("tells of nothing by itself");
            assertThatThrownBy(() -> client.listen(ListenFilter.none().task("t"), new ListenHandler() {}))
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("has no tasks");
            assertThatThrownBy(() -> client.task("t").status())
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("has no tasks");
            assertThat(client.callOrTask(CallOptions.of("x"))).isInstanceOf(CallOutcome.Finished.class);
        }
    }

    @Test
    void aStreamOfChangesThatBreaksOffEndsTheSubscription() throws IOException {
        CompletableFuture<Optional<McpClientException>> ended = new CompletableFuture<>();
        AtomicInteger streams = new AtomicInteger();
        try (var server = new SessionServer((request, reply) -> {
                    if (request.verb().equals("GET")) {
                        reply.stream();
                        if (streams.incrementAndGet() == 1) {
                            reply.hangUp();
                        } else {
                            reply.awaitDisconnect();
                        }
                    } else if (request.message().has("id")) {
                        reply.result(FINE);
                    }
                });
                McpClient client = server.client()) {
            client.call("x");
            Subscription first = client.listen(ListenFilter.none().tools(), new ListenHandler() {
                @Override
                public void ended(Optional<McpClientException> reason) {
                    ended.complete(reason);
                }
            });
            assertThat(ended.join().orElseThrow().code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
            await().until(() -> !first.isOpen());
            try (Subscription again = client.listen(ListenFilter.none().tools(), new ListenHandler() {})) {
                await().until(() -> streams.get() == 2);
                assertThat(again.isOpen()).isTrue();
            }
        }
    }

    @Test
    void aQuestionThatTheServerTakesBackIsNotAnswered() throws IOException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        try (var server = new SessionServer((request, reply) -> {
                    if (request.verb().equals("GET")) {
                        reply.status(405);
                    } else if (request.method().equals("tools/call")) {
                        reply.stream().event("{'jsonrpc':'2.0','id':4," + FORM + "}");
                        try {
                            asked.await();
                            reply.notification("cancelled", "{'requestId':4}");
                            interrupted.await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                        reply.event(reply.response(FINE)).end();
                    }
                });
                McpClient client = server.builder()
                        .elicitation(question -> {
                            asked.countDown();
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException e) {
                                interrupted.countDown();
                            }
                            return ElicitationAnswer.cancel();
                        })
                        .build()) {
            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(server.methods()).doesNotContain("response");
        }
    }
}
