package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.TraceContext;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.rest.RestExecution;
import dev.devmesh.rest.RestRequest;
import dev.devmesh.tool.Tool;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What it costs to refuse who has nothing left, in time of the processor: others compute meanwhile. */
class RefusalCostTest {

    private static final Duration MOST = Duration.ofNanos(200_000);
    private static final int ROUNDS = 2_000;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Principal ann = Principal.of(Tenant.single(), "ann", "tools");
    private final DevMesh mesh = DevMesh.builder()
            .rateLimits(RateLimits.of(new RateLimitPolicy("default", 1, 1), Map.of()))
            .tool(Tool.named("ping").nonBlocking().handle(call -> "pong"))
            .build();

    RefusalCostTest() {
        mesh.start();
    }

    @AfterEach
    void close() {
        mesh.close();
    }

    /** The best of several goes: what the compiler and the collector do beside it is not its cost. */
    private Duration cost(IntSupplier request) {
        request.getAsInt();
        long best = Long.MAX_VALUE;
        for (int go = 0; go < 5; go++) {
            long before = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < ROUNDS; i++) {
                assertThat(request.getAsInt()).isEqualTo(429);
            }
            best = Math.min(best, threads.getCurrentThreadCpuTime() - before);
        }
        return Duration.ofNanos(best / ROUNDS);
    }

    @Test
    void aRefusalOverMcpCostsLessThanAFifthOfAMillisecond() {
        byte[] body =
                ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"ping\",\"_meta\":{"
                                + "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                                + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}")
                        .getBytes(StandardCharsets.UTF_8);

        Duration cost = cost(() -> {
            RecordedExchange exchange = new RecordedExchange(ann, null);
            mesh.mcp().handle(body, 0, body.length, exchange);
            return status(exchange);
        });

        System.out.println("a refusal over MCP: " + cost.toNanos() / 1_000 + " us");
        assertThat(cost).isLessThan(MOST);
    }

    private static int status(RecordedExchange exchange) {
        try {
            return exchange.await().status();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRefusalOverRestCostsLessThanAFifthOfAMillisecond() {
        Duration cost = cost(() -> {
            RestExecution execution = mesh.rest()
                    .begin(new RestRequest(
                            "GET",
                            "/api/v1/tools",
                            Map.of(),
                            new byte[0],
                            Optional.of(ann),
                            new Credentials("", "", "192.0.2.1"),
                            TraceContext.begin()));
            execution.run();
            return execution.result().toCompletableFuture().join().status();
        });

        System.out.println("a refusal over REST: " + cost.toNanos() / 1_000 + " us");
        assertThat(cost).isLessThan(MOST);
    }
}
