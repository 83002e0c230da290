package dev.devmesh.examples;

import dev.devmesh.DevMeshBuilder;
import dev.devmesh.call.LogLevel;
import dev.devmesh.question.Answer;
import dev.devmesh.question.Question;
import dev.devmesh.question.Sampling;
import dev.devmesh.schema.JsonSchema;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolHandler;
import java.time.Duration;

/** The fixtures of {@link ConformanceServer} that the suite calls in the revisions with sessions only. */
final class SessionFixtures {

    /** A form with a default for each kind of member. */
    static final JsonSchema DEFAULTS = JsonSchema.parse("""
            {"type":"object","properties":{
               "name":{"type":"string","default":"John Doe"},
               "age":{"type":"integer","default":30},
               "score":{"type":"number","default":95.5},
               "status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},
               "verified":{"type":"boolean","default":true}}}
            """);

    /** A form with the five ways to offer a choice. */
    static final JsonSchema CHOICES = JsonSchema.parse("""
            {"type":"object","properties":{
               "untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
               "titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},
                 {"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},
               "legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],
                 "enumNames":["Option One","Option Two","Option Three"]},
               "untitledMulti":{"type":"array",
                 "items":{"type":"string","enum":["option1","option2","option3"]}},
               "titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},
                 {"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}}}
            """);

    record Prompting(String prompt) {}

    record Asking(String message) {}

    record User(String username, String email) {}

    private SessionFixtures() {}

    static void addTo(DevMeshBuilder mesh) {
        mesh.tool(Tool.named("test_tool_with_logging")
                .describedAs("Logs while it works")
                .handle(call -> {
                    call.log(LogLevel.INFO, "Tool execution started");
                    Thread.sleep(50);
                    call.log(LogLevel.INFO, "Tool processing data");
                    Thread.sleep(50);
                    call.log(LogLevel.INFO, "Tool execution completed");
                    return "logged";
                }));
        mesh.tool(Tool.named("test_sampling")
                .describedAs("Has the client's language model go on")
                .input(Prompting.class)
                .handle((call, in) -> "LLM response: "
                        + call.sample("prompt", Sampling.of(in.prompt(), 100)).text()));
        mesh.tool(Tool.named("test_elicitation")
                .describedAs("Has the user fill in a form")
                .input(Asking.class)
                .handle((call, in) -> "User response: "
                        + inWords(call.ask(Question.form("user", in.message(), User.class))
                                .of("user"))));
        mesh.tool(Tool.named("test_reconnection")
                .describedAs("Lets the client go and come back for the result")
                .handle(call -> {
                    call.closeStream(Duration.ofMillis(50));
                    Thread.sleep(100);
                    return "Reconnection test completed successfully";
                }));
        mesh.tool(form("test_elicitation_sep1034_defaults", DEFAULTS));
        mesh.tool(form("test_elicitation_sep1330_enums", CHOICES));
    }

    private static Tool form(String name, JsonSchema schema) {
        ToolHandler.OfCall<String> handler = call -> "Elicitation completed: "
                + inWords(call.ask(Question.form("form", "Please fill in the form", schema))
                        .of("form"));
        return Tool.named(name)
                .describedAs("Has the user fill in a form of a foreign schema")
                .handle(handler);
    }

    private static String inWords(Answer answer) {
        if (answer instanceof Answer.Accepted accepted) {
            return "action=accept, content=" + accepted.content();
        }
        return answer instanceof Answer.Declined ? "action=decline" : "action=cancel";
    }
}
