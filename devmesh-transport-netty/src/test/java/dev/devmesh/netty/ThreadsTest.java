package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.client.McpClient;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import io.netty.channel.EventLoop;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThreadsTest {

    private record Message(String message) {}

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(
            Tool.named("blocking").input(Message.class).handle((call, in) -> whereIAm()),
            Tool.named("nonBlocking").input(Message.class).nonBlocking().handle((call, in) -> whereIAm()),
            Tool.named("async")
                    .input(Message.class)
                    .handleAsync((call, in) -> CompletableFuture.supplyAsync(ThreadsTest::whereIAm)));

    private static String whereIAm() {
        return ThreadExecutorMap.currentExecutor() instanceof EventLoop ? "event loop" : "elsewhere";
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 200_000})
    void noBlockingHandlerRunsOnAnEventLoop(int size) {
        for (int i = 0; i < 50; i++) {
            assertThat(call(mesh.client(), "blocking", size)).isEqualTo("elsewhere");
            assertThat(call(mesh.client(), "async", size)).isEqualTo("elsewhere");
        }
    }

    @Test
    void aNonBlockingHandlerRunsOnTheEventLoopThatReadTheRequest() {
        assertThat(call(mesh.client(), "nonBlocking", 1)).isEqualTo("event loop");
    }

    @Test
    void aLongBodyIsParsedElsewhere() {
        assertThat(call(mesh.client(), "nonBlocking", 200_000)).isEqualTo("elsewhere");
    }

    @Test
    void anAuthenticatorThatMayWaitRunsElsewhere() {
        CompletableFuture<String> where = new CompletableFuture<>();
        Authenticator directory = new Authenticator() {
            @Override
            public Optional<Principal> authenticate(Credentials credentials) {
                where.complete(whereIAm());
                return Optional.of(Principal.anonymous());
            }
        };
        Tool tool = Tool.named("nonBlocking").input(Message.class).nonBlocking().handle((call, in) -> whereIAm());
        try (MeshServer server = MeshServer.of(DevMesh.builder()
                                .authenticator(directory)
                                .tool(tool)
                                .build())
                        .port(0)
                        .start();
                McpClient client = McpClient.connect(server.mcpUri())) {
            assertThat(call(client, "nonBlocking", 1)).isEqualTo("elsewhere");
            assertThat(where).isCompletedWithValue("elsewhere");
        }
    }

    private static String call(McpClient client, String tool, int size) {
        return client.call(tool, Map.of("message", "x".repeat(size))).text();
    }
}
