package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.client.ElicitationAnswer;
import dev.devmesh.client.McpClient;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.tool.Tool;
import java.net.URI;
import java.util.Map;

/** A tool that asks the user while it works, and a client that answers. */
public final class ToolThatAsksTheUser {

    record Reason(String reason) {}

    private ToolThatAsksTheUser() {}

    static Tool hotfix() {
        return Tool.named("hotfix")
                .describedAs("Releases without the usual wait")
                .handle(call -> {
                    Reason why = call.elicit("reason", "Why is this a hotfix?", Reason.class)
                            .orElseThrow();
                    return "released, because " + why.reason();
                });
    }

    /** Calls the tool for a user who gives this reason. */
    static String release(URI server, String reason) {
        try (McpClient client = McpClient.builder(server)
                .elicitation(question -> ElicitationAnswer.accept(Map.of("reason", reason)))
                .build()) {
            return client.call("hotfix").text();
        }
    }

    /** Serves the tool, calls it once and prints the answer. */
    public static void main(String[] args) {
        try (MeshServer server =
                MeshServer.of(DevMesh.builder().tool(hotfix()).build()).port(0).start()) {
            System.out.println(release(server.mcpUri(), "main is red"));
        }
    }
}
