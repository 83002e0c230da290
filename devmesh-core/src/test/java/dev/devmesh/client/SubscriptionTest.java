package dev.devmesh.client;

import static dev.devmesh.client.ScriptedServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SubscriptionTest {

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final AtomicBoolean disconnected = new AtomicBoolean();

    private final ListenHandler handler = new ListenHandler() {
        @Override
        public void toolsChanged() {
            heard.add("tools");
        }

        @Override
        public void promptsChanged() {
            heard.add("prompts");
            throw new IllegalStateException("a fault of the handler");
        }

        @Override
        public void resourcesChanged() {
            heard.add("resources");
        }

        @Override
        public void resourceUpdated(String uri) {
            heard.add(uri);
        }

        @Override
        public void taskChanged(TaskStatus status) {
            heard.add(status.id() + " " + status.state());
        }

        @Override
        public void ended(Optional<McpClientException> reason) {
            heard.add("ended " + reason.map(McpClientException::code));
        }
    };

    private static String meta(ScriptedServer.Reply reply) {
        return "'_meta':{'io.modelcontextprotocol/subscriptionId':" + reply.id() + "}";
    }

    private static void acknowledge(ScriptedServer.Reply reply) throws IOException {
        reply.stream()
                .notification(
                        "subscriptions/acknowledged",
                        "{" + meta(reply)
                                + ",'notifications':{'toolsListChanged':true,'resourceSubscriptions':['a://b']}}");
    }

    @Test
    void whatChangesIsToldUntilTheServerEndsIt() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    acknowledge(reply);
                    reply.notification("tools/list_changed", "{" + meta(reply) + "}");
                    reply.chunk(":\n\n");
                    reply.notification("prompts/list_changed", "{" + meta(reply) + "}");
                    reply.notification("resources/list_changed", "{" + meta(reply) + "}");
                    reply.notification("resources/updated", "{" + meta(reply) + ",'uri':'a://b'}");
                    reply.notification("tools/list_changed", "{'_meta':{'io.modelcontextprotocol/subscriptionId':77}}");
                    reply.notification("fashion/changed", "{" + meta(reply) + "}");
                    reply.notification("tasks", "{" + meta(reply) + ",'taskId':'t1','status':'completed'}");
                    reply.event(reply.response(meta(reply))).end();
                });
                McpClient client = server.client();
                Subscription subscription = client.listen(
                        ListenFilter.none()
                                .tools()
                                .prompts()
                                .resources()
                                .resource("a://b")
                                .task("t1"),
                        handler)) {
            assertThat(subscription.honoured())
                    .isEqualTo(ListenFilter.none().tools().resource("a://b"));
            await().until(() -> !subscription.isOpen());
            await().untilAsserted(() -> assertThat(heard)
                    .containsExactly("tools", "prompts", "resources", "a://b", "t1 COMPLETED", "ended Optional.empty"));
            var request = server.received().get(0);
            assertThat(request.params().path("notifications").toString())
                    .isEqualTo(json("{'toolsListChanged':true,'promptsListChanged':true,'resourcesListChanged':true,"
                            + "'resourceSubscriptions':['a://b'],'taskIds':['t1']}"));
            assertThat(request.meta("clientCapabilities").has("extensions")).isTrue();
        }
    }

    @Test
    void closingItClosesTheStream() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    acknowledge(reply);
                    reply.awaitDisconnect();
                    disconnected.set(true);
                });
                McpClient client = server.client()) {
            Subscription subscription = client.listen(ListenFilter.none().tools(), handler);
            assertThat(subscription.isOpen()).isTrue();

            subscription.close();
            subscription.close();

            await().untilTrue(disconnected);
            assertThat(subscription.isOpen()).isFalse();
            assertThat(heard).isEmpty();
        }
    }

    @Test
    void closingTheClientEndsItWithoutAWord() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
            acknowledge(reply);
            reply.awaitDisconnect();
            disconnected.set(true);
        })) {
            McpClient client = server.client();
            Subscription subscription = client.listen(ListenFilter.none().tools(), handler);
            client.close();

            await().untilTrue(disconnected);
            await().until(() -> !subscription.isOpen());
            assertThat(heard).isEmpty();
        }
    }

    @Test
    void aStreamThatBreaksOffSaysSo() throws IOException {
        CountDownLatch listening = new CountDownLatch(1);
        try (var server = ScriptedServer.of((request, reply) -> {
                    acknowledge(reply);
                    try {
                        listening.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    reply.hangUp();
                });
                McpClient client = server.client();
                Subscription subscription = client.listen(ListenFilter.none().tools(), handler)) {
            assertThat(subscription.isOpen()).isTrue();
            listening.countDown();
            await().untilAsserted(() -> assertThat(heard).containsExactly("ended Optional[UPSTREAM_UNREACHABLE]"));
        }
    }

    @Test
    void aServerThatDoesNotAcknowledgeIsRefused() throws IOException {
        for (ScriptedServer.Script script : List.<ScriptedServer.Script>of(
                (request, reply) -> reply.error(404, "{'code':-32601,'message':'no such method'}"),
                (request, reply) -> {
                    reply.stream().notification("tools/list_changed", "{}");
                    reply.awaitDisconnect();
                },
                (request, reply) -> reply.result(""),
                (request, reply) -> reply.stream().awaitDisconnect())) {
            try (var server = ScriptedServer.of(script);
                    McpClient client = McpClient.builder(server.uri())
                            .timeout(Duration.ofMillis(300))
                            .build()) {
                assertThatThrownBy(() -> client.listen(ListenFilter.none().tools(), handler))
                        .isInstanceOf(McpClientException.class);
                await().until(() -> server.open() <= 1);
            }
        }
        assertThat(heard).isEmpty();
    }

    @Test
    void callsGoOnBesideIt() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    if (request.method().equals("subscriptions/listen")) {
                        acknowledge(reply);
                        reply.awaitDisconnect();
                    } else {
                        reply.result("'content':[]");
                    }
                });
                McpClient client = server.client();
                Subscription first = client.listen(ListenFilter.none().tools(), handler);
                Subscription second = client.listen(ListenFilter.none().prompts(), handler)) {
            assertThat(client.call("x").text()).isEmpty();
            assertThat(first.isOpen()).isTrue();
            assertThat(second.isOpen()).isTrue();
        }
    }

    @Test
    void theReasonOfARefusalIsTheServers() throws IOException {
        try (var server = ScriptedServer.of(
                        (request, reply) -> reply.error(404, "{'code':-32601,'message':'no such method'}"));
                McpClient client = server.client()) {
            assertThatThrownBy(() -> client.listen(ListenFilter.none().tools(), handler))
                    .isInstanceOfSatisfying(McpClientException.class, e -> {
                        assertThat(e.rpcCode()).isEqualTo(-32601);
                        assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_FAILED);
                    })
                    .hasMessageContaining("no such method");
        }
    }
}
