package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.tool.Tool;

/** The shortest useful mesh: one tool, served on a free port until the program ends. */
public final class EmbedInTenLines {

    record Add(int a, int b) {}

    private EmbedInTenLines() {}

    static MeshServer serve(int port) {
        Tool add = Tool.of("add", "Adds two integers", Add.class, (call, in) -> in.a() + in.b());
        DevMesh mesh = DevMesh.builder().name("calculator").tool(add).build();
        return MeshServer.of(mesh).port(port).start();
    }

    /** Serves until it is interrupted. */
    public static void main(String[] args) throws InterruptedException {
        try (MeshServer server = serve(args.length == 0 ? 0 : Integer.parseInt(args[0]))) {
            System.out.println("Tools at " + server.mcpUri());
            Thread.currentThread().join();
        }
    }
}
