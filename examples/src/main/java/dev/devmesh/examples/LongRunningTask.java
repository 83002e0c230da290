package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.client.CallOptions;
import dev.devmesh.client.CallOutcome;
import dev.devmesh.client.ElicitationAnswer;
import dev.devmesh.client.McpClient;
import dev.devmesh.client.RemoteTask;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.question.Question;
import dev.devmesh.tool.Tool;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A tool that takes longer than a client likes to wait. It asks what it needs to know first, then works as a task; the client
 * may go, and find the result under the task's id.
 */
public final class LongRunningTask {

    record Season(int year) {}

    record Recipient(String mail) {}

    private LongRunningTask() {}

    static Tool report(Duration work) {
        return Tool.named("report")
                .describedAs("Writes the report of a year")
                .input(Season.class)
                .longRunning()
                .idempotent() // so it is run again if its worker dies
                .asksFirst(in -> List.of(Question.form("recipient", "Who is to have it?", Recipient.class)))
                .handle((call, in, answers) -> {
                    Recipient recipient =
                            answers.form("recipient", Recipient.class).orElseThrow();
                    Thread.sleep(work.toMillis());
                    return "report of " + in.year() + " for " + recipient.mail();
                });
    }

    /** Begins a report and returns the id of its task. */
    static String begin(URI server, int year) {
        try (McpClient client = McpClient.builder(server)
                .elicitation(question -> ElicitationAnswer.accept(Map.of("mail", "ann@example.com")))
                .build()) {
            CallOutcome outcome = client.callOrTask(CallOptions.of("report", Map.of("year", year)));
            return ((RemoteTask) outcome).id();
        }
    }

    /** Waits for the report of this task, in another session than the one that began it. */
    static String fetch(URI server, String task) {
        try (McpClient client = McpClient.connect(server)) {
            return client.task(task).await(Duration.ofMinutes(1)).text();
        }
    }

    /** Serves the tool, begins a report, and fetches it. */
    public static void main(String[] args) {
        DevMesh mesh = DevMesh.builder().tool(report(Duration.ofSeconds(2))).build();
        try (MeshServer server = MeshServer.of(mesh).port(0).start()) {
            String task = begin(server.mcpUri(), 2026);
            System.out.println("begun as " + task);
            System.out.println(fetch(server.mcpUri(), task));
        }
    }
}
