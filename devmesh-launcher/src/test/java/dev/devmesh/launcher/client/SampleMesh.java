package dev.devmesh.launcher.client;

import dev.devmesh.DevMesh;
import dev.devmesh.call.LogLevel;
import dev.devmesh.completion.Completer;
import dev.devmesh.content.Message;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.question.Question;
import dev.devmesh.question.Sampling;
import dev.devmesh.resource.Resource;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolException;

/** A mesh with one of everything that a client with a session can use. */
final class SampleMesh {

    record Add(int a, int b) {}

    record Sum(int sum) {}

    record Reason(String text, boolean urgent) {}

    private SampleMesh() {}

    static DevMesh create() {
        DevMesh mesh = DevMesh.builder()
                .name("sample")
                .tool(Tool.named("add")
                        .describedAs("Adds two integers")
                        .input(Add.class)
                        .output(Sum.class)
                        .handle((call, in) -> new Sum(in.a() + in.b())))
                .tool(Tool.named("fail").handle(call -> {
                    throw new ToolException("There is no paper in the printer.");
                }))
                .tool(Tool.named("count").handle(call -> {
                    for (int i = 1; i <= 3; i++) {
                        call.progress(i, 3, "step " + i);
                        call.log(LogLevel.INFO, "counted " + i);
                        call.log(LogLevel.DEBUG, "not asked for");
                    }
                    return "counted";
                }))
                .tool(Tool.named("hotfix").handle(call -> {
                    Reason why = call.elicit("reason", "Why is this a hotfix?", Reason.class)
                            .orElseThrow();
                    return "because " + why.text() + (why.urgent() ? ", now" : "");
                }))
                .tool(Tool.named("think")
                        .handle(call -> "thought: "
                                + call.sample("thought", Sampling.of("What now?", 20))
                                        .text()))
                .tool(Tool.named("folders")
                        .handle(call -> call.ask(Question.roots("roots"))
                                .roots("roots")
                                .get(0)
                                .uri()))
                .resource(Resource.text("memo://today", "text/plain", () -> "Green builds only."))
                .resourceTemplate("memo://day/{day}", (call, vars) -> "memo of " + vars.get("day"))
                .prompt(Prompt.named("triage")
                        .argument("log")
                        .completes("log", Completer.of("build", "bench", "test"))
                        .handle((call, args) -> Message.user("Why did this fail?\n" + args.get("log"))))
                .build();
        mesh.tools().register(Tool.named("grow").handle(call -> {
            mesh.tools().register(Tool.named("grown").handle(grown -> "grown"));
            mesh.resources().register(Resource.text("memo://grown", "text/plain", () -> "grown"));
            mesh.prompts().register(Prompt.named("grown").handle((grown, args) -> Message.user("grown")));
            return "grew";
        }));
        mesh.tools().register(Tool.named("shrink").handle(call -> {
            mesh.tools().unregister("grown");
            mesh.resources().unregister("memo://grown");
            mesh.prompts().unregister("grown");
            return "shrank";
        }));
        mesh.tools().register(Tool.named("touch").handle(call -> {
            mesh.resources().updated("memo://today");
            return "touched";
        }));
        return mesh;
    }
}
