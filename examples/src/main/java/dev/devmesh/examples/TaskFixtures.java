package dev.devmesh.examples;

import dev.devmesh.DevMeshBuilder;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.MissingCapabilityException;
import dev.devmesh.question.Answers;
import dev.devmesh.question.Question;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The fixtures of {@link ConformanceServer} for the extension of tasks. */
final class TaskFixtures {

    record Greet(String name) {}

    record Compute(double seconds, String label) {}

    record Delete(String filename) {}

    record Confirm(boolean confirm) {}

    record Name(String name) {}

    /** What the suite answers to either question of {@code multi_input}. */
    record NameAndConfirm(String name, boolean confirm) {}

    private TaskFixtures() {}

    static void addTo(DevMeshBuilder mesh) {
        mesh.tool(Tool.named("greet")
                .describedAs("Greets, and is never a task")
                .input(Greet.class)
                .nonBlocking()
                .handle((call, in) -> "Hello, " + in.name() + "!"));
        mesh.tool(Tool.named("slow_compute")
                .describedAs("Takes as long as it is told")
                .input(Compute.class)
                .longRunning()
                .timeout(Duration.ofMinutes(5))
                .handle((call, in) -> {
                    Thread.sleep((long) (in.seconds() * 1_000));
                    return "computed " + in.label();
                }));
        mesh.tool(Tool.named("failing_job")
                .describedAs("Fails after a second, as a task only")
                .requires(ClientCapability.TASKS)
                .handle(call -> {
                    Thread.sleep(1_000);
                    throw new ToolException("This job intentionally fails");
                }));
        mesh.tool(Tool.named("protocol_error_job")
                .describedAs("Ends in an error of the protocol")
                .longRunning()
                .handle(call -> {
                    throw new MissingCapabilityException("This job", Set.of(ClientCapability.SAMPLING_TOOLS));
                }));
        mesh.tool(Tool.named("confirm_delete")
                .describedAs("Asks before it deletes")
                .input(Delete.class)
                .longRunning()
                .handle((call, in) -> {
                    boolean sure = call.elicit("confirm", "Delete " + in.filename() + "?", Confirm.class)
                            .orElseThrow()
                            .confirm();
                    return (sure ? "deleted " : "kept ") + in.filename();
                }));
        mesh.tool(Tool.named("multi_input")
                .describedAs("Asks two things at once")
                .longRunning()
                .handle(call -> {
                    Answers answers = call.ask(
                            Question.form("first", "Who is the first?", NameAndConfirm.class),
                            Question.form("second", "Who is the second?", NameAndConfirm.class));
                    return answers.form("first", NameAndConfirm.class)
                                    .orElseThrow()
                                    .name() + " and "
                            + answers.form("second", NameAndConfirm.class)
                                    .orElseThrow()
                                    .name();
                }));
        mesh.tool(Tool.named("test_tool_with_task")
                .describedAs("Asks first, then works as a task")
                .requires(ClientCapability.TASKS)
                .asksFirst(in -> List.of(Question.form("user_name", "What is your name?", Name.class)))
                .handle((call, in, answers) -> "Hello, "
                        + answers.form("user_name", Name.class).orElseThrow().name() + "!"));
    }
}
