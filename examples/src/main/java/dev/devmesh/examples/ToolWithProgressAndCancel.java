package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.schema.Range;
import dev.devmesh.tool.Tool;
import java.time.Duration;

/** A tool that takes its time: it tells how far it has come, and stops when nobody waits any more. */
public final class ToolWithProgressAndCancel {

    record Index(@Range(min = 1, max = 10_000) int files) {}

    private ToolWithProgressAndCancel() {}

    static Tool index(Duration perFile) {
        return Tool.named("index")
                .describedAs("Indexes files")
                .input(Index.class)
                .timeout(Duration.ofMinutes(5))
                .longRunning()
                .idempotent()
                .handle((call, in) -> {
                    for (int done = 0; done < in.files(); done++) {
                        call.checkCancelled();
                        call.progress(done, in.files(), "file " + done);
                        Thread.sleep(perFile.toMillis());
                    }
                    return "indexed " + in.files() + " files for "
                            + call.principal().subject();
                });
    }

    /** Serves until it is interrupted. */
    public static void main(String[] args) throws InterruptedException {
        DevMesh mesh = DevMesh.builder().tool(index(Duration.ofMillis(100))).build();
        try (MeshServer server = MeshServer.of(mesh)
                .port(args.length == 0 ? 0 : Integer.parseInt(args[0]))
                .start()) {
            System.out.println("Tools at " + server.mcpUri());
            Thread.currentThread().join();
        }
    }
}
