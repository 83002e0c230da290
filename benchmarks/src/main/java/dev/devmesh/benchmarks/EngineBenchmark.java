package dev.devmesh.benchmarks;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.mcp.McpExchange;
import dev.devmesh.mcp.McpHeaders;
import dev.devmesh.mcp.McpOutbox;
import dev.devmesh.tool.Tool;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A tool call through the MCP engine without a socket: bytes in, bytes out. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EngineBenchmark {

    private static final byte[] CALL =
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\","
                            + "\"arguments\":{\"message\":\"The quick brown fox jumps over the lazy dog.\"},"
                            + "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                            + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}")
                    .getBytes(StandardCharsets.UTF_8);

    private static final byte[] LIST = ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{"
                    + "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                    + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}")
            .getBytes(StandardCharsets.UTF_8);

    private DevMesh mesh = DevMesh.builder().build();

    /** The arguments of the tool. */
    public record Echo(String message) {}

    /** Starts a mesh of one tool. */
    @Setup
    public void start() {
        mesh = DevMesh.builder()
                .tool(Tool.named("echo").input(Echo.class).nonBlocking().handle((call, in) -> in.message()))
                .build();
        mesh.start();
    }

    /** Ends it. */
    @TearDown
    public void close() {
        mesh.close();
    }

    /** Calls the tool. */
    @Benchmark
    public int call() {
        return serve(CALL, "tools/call", "echo");
    }

    /** Lists the tools. */
    @Benchmark
    public int list() {
        return serve(LIST, "tools/list", "");
    }

    private int serve(byte[] body, String method, String name) {
        Sink sink = new Sink(Map.of(
                "MCP-Protocol-Version", List.of("2026-07-28"),
                "Mcp-Method", List.of(method),
                "Mcp-Name", List.of(name)));
        mesh.mcp().handle(body, 0, body.length, sink);
        return sink.bytes.size();
    }

    /** A transport that ends in memory. */
    private static final class Sink implements McpExchange {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        private final Optional<McpHeaders> headers;

        Sink(Map<String, List<String>> headers) {
            this.headers = Optional.of(name -> headers.getOrDefault(name, List.of()));
        }

        @Override
        public Principal principal() {
            return Principal.anonymous();
        }

        @Override
        public Optional<McpHeaders> headers() {
            return headers;
        }

        @Override
        public void answer(int status, JsonWritable message, Duration retryAfter) {
            if (status != 200) {
                throw new IllegalStateException("answered " + status);
            }
            Json.write(message, bytes);
        }

        @Override
        public void accept() {}

        @Override
        public boolean push(JsonWritable notification) {
            return true;
        }

        @Override
        public Runnable stream(McpOutbox outbox) {
            throw new IllegalStateException("nothing measured here streams");
        }
    }
}
