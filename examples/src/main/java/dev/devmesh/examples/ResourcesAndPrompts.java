package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.completion.Completer;
import dev.devmesh.content.Message;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.resource.Resource;
import dev.devmesh.resource.ResourceTemplate;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What agents can read, by address and by template, and what people can begin a conversation with. */
public final class ResourcesAndPrompts {

    private static final Map<String, String> LOGS = Map.of("41", "BUILD SUCCESS", "42", "exit code 1: no such file");

    private ResourcesAndPrompts() {}

    static DevMesh mesh() {
        return DevMesh.builder()
                .name("build-farm")
                .resource(Resource.text("farm://motd", "text/plain", () -> "Green builds only."))
                .resourceTemplate(ResourceTemplate.at("farm://build/{id}/log")
                        .named("build-log")
                        .describedAs("What a build said")
                        .mimeType("text/plain")
                        .cacheFor(Duration.ofMinutes(10))
                        .completes("id", (typed, context) -> ids(typed))
                        .read((call, vars) -> LOGS.get(vars.get("id")))) // null: there is no such build
                .prompt(Prompt.named("triage")
                        .describedAs("Finds out why a build failed")
                        .argument("build", "The number of the build")
                        .optionalArgument("tone", "How to put it")
                        .completes("build", (typed, context) -> ids(typed))
                        .completes("tone", Completer.of("calm", "brief"))
                        .handle((call, args) -> Message.user("Why did this fail? Be "
                                + args.getOrDefault("tone", "calm") + ".\n" + LOGS.get(args.get("build")))))
                .build();
    }

    private static List<String> ids(String typed) {
        return LOGS.keySet().stream()
                .filter(id -> id.startsWith(typed))
                .sorted()
                .toList();
    }

    /** Serves until it is interrupted. */
    public static void main(String[] args) throws InterruptedException {
        try (MeshServer server = MeshServer.of(mesh())
                .port(args.length == 0 ? 0 : Integer.parseInt(args[0]))
                .start()) {
            System.out.println("Resources and prompts at " + server.mcpUri());
            Thread.currentThread().join();
        }
    }
}
