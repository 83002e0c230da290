package dev.devmesh.benchmarks;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.Limits;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.schema.Description;
import dev.devmesh.tool.Tool;
import java.util.OptionalInt;

/**
 * The server of the comparison: {@code echo}, {@code add} and {@code sleep} on {@code $PORT}, and as many further tools as
 * {@code $TOOLS} says. Limits are above the load, so that the server is measured and not its refusals, unless
 * {@code $TOOL_CONCURRENCY} and {@code $IN_FLIGHT_PER_KEY} lower them.
 */
public final class BenchServer {

    record Echo(String message) {}

    record Add(long a, long b) {}

    record Sleep(int ms) {}

    record Generated(@Description("query") String q, OptionalInt n) {}

    private BenchServer() {}

    /** Serves until it is killed. */
    public static void main(String[] args) throws InterruptedException {
        int port = number("PORT", 0);
        int tools = number("TOOLS", 0);
        DevMeshBuilder mesh = DevMesh.builder()
                .name("bench")
                .limits(Limits.defaults()
                        .withToolConcurrency(number("TOOL_CONCURRENCY", 10_000))
                        .withBlockingCalls(20_000)
                        .withInFlightPerKey(number("IN_FLIGHT_PER_KEY", 10_000))
                        .withPageSize(Math.max(1_000, tools + 3)));
        mesh.tool(Tool.named("echo")
                .describedAs("Returns the message")
                .input(Echo.class)
                .nonBlocking()
                .handle((call, in) -> in.message()));
        mesh.tool(Tool.named("add")
                .describedAs("Adds two integers")
                .input(Add.class)
                .nonBlocking()
                .handle((call, in) -> in.a() + in.b()));
        mesh.tool(Tool.named("sleep")
                .describedAs("Waits for some milliseconds")
                .input(Sleep.class)
                .handle((call, in) -> {
                    Thread.sleep(in.ms());
                    return "slept " + in.ms() + " ms";
                }));
        for (int i = 0; i < tools; i++) {
            mesh.tool(Tool.named("tool_" + i)
                    .describedAs("Generated tool number " + i + " for the list benchmark")
                    .input(Generated.class)
                    .nonBlocking()
                    .handle((call, in) -> in.q()));
        }
        MeshServer server = MeshServer.of(mesh.build())
                .port(port)
                .connectionsPerAddress(20_000) // all the load comes from one machine
                .start();
        System.out.println("Listening at " + server.mcpUri());
        Thread.currentThread().join();
    }

    private static int number(String variable, int standard) {
        return Integer.parseInt(System.getenv().getOrDefault(variable, Integer.toString(standard)));
    }
}
