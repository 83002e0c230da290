package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.LogLevel;
import dev.devmesh.completion.Completer;
import dev.devmesh.content.Content;
import dev.devmesh.content.Message;
import dev.devmesh.json.Json;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.prompt.PromptResult;
import dev.devmesh.question.Answers;
import dev.devmesh.question.Question;
import dev.devmesh.question.Sampling;
import dev.devmesh.resource.Resource;
import dev.devmesh.resource.ResourceTemplate;
import dev.devmesh.schema.Header;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolException;
import dev.devmesh.tool.ToolHandler;
import dev.devmesh.tool.ToolResult;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The server that the official MCP conformance suite is run against: one fixture for each thing that the suite asks for, with
 * the names and texts that it expects.
 */
public final class ConformanceServer {

    private static final byte[] PNG = Base64.getDecoder()
            .decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private static final byte[] WAV =
            Base64.getDecoder().decode("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=");

    private static final String SCHEMA_2020_12 = """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
             "$defs":{"address":{"$anchor":"addressDef","type":"object",
               "properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
             "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},
               "contactMethod":{"type":"string","enum":["phone","email"]},
               "phone":{"type":"string"},"email":{"type":"string"}},
             "allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
             "if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},
             "then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false}
            """;

    record Routed(@Header("Region") String region) {}

    private ConformanceServer() {}

    /** A mesh with every fixture. */
    static DevMesh mesh() {
        DevMeshBuilder builder = DevMesh.builder().name("devmesh-conformance");
        contents(builder);
        behaviours(builder);
        questions(builder);
        SessionFixtures.addTo(builder);
        TaskFixtures.addTo(builder);
        resources(builder);
        prompts(builder);
        DevMesh mesh = builder.build();
        triggers(mesh);
        return mesh;
    }

    private static void contents(DevMeshBuilder mesh) {
        // the suite calls the first tool of the list without arguments
        mesh.tool(Tool.named("test_simple_text")
                .describedAs("Returns a text")
                .nonBlocking()
                .handle(call -> "This is a simple text response for testing."));
        mesh.tool(Tool.named("test_image_content")
                .describedAs("Returns a picture")
                .nonBlocking()
                .handle(call -> Content.image(PNG, "image/png")));
        mesh.tool(Tool.named("test_audio_content")
                .describedAs("Returns a sound")
                .nonBlocking()
                .handle(call -> Content.audio(WAV, "audio/wav")));
        mesh.tool(Tool.named("test_embedded_resource")
                .describedAs("Returns a resource in full")
                .nonBlocking()
                .handle(call -> Content.embedded(
                        "test://embedded-resource", "text/plain", "This is an embedded resource content.")));
        mesh.tool(Tool.named("test_multiple_content_types")
                .describedAs("Returns a text, a picture and a resource")
                .nonBlocking()
                .handle(call -> ToolResult.of(
                        Content.text("Multiple content types test:"),
                        Content.image(PNG, "image/png"),
                        Content.embedded(
                                "test://mixed-content-resource",
                                "application/json",
                                "{\"test\":\"data\",\"value\":123}"))));
    }

    private static void behaviours(DevMeshBuilder mesh) {
        mesh.tool(Tool.named("test_error_handling")
                .describedAs("Fails, and says so")
                .nonBlocking()
                .handle(call -> {
                    throw new ToolException("This tool intentionally returns an error for testing");
                }));
        mesh.tool(Tool.named("test_tool_with_progress")
                .describedAs("Tells how far it has come")
                .handle(call -> {
                    for (int percent = 0; percent <= 100; percent += 50) {
                        call.progress(percent, 100);
                        Thread.sleep(50);
                    }
                    return "done";
                }));
        mesh.tool(Tool.named("json_schema_2020_12_tool")
                .describedAs("Has an input schema that uses much of JSON Schema 2020-12")
                .inputSchema(SCHEMA_2020_12)
                .nonBlocking()
                .handle((call, arguments) -> "the arguments fit"));
        mesh.tool(Tool.named("test_custom_header")
                .describedAs("Has an argument that is repeated in a header")
                .input(Routed.class)
                .nonBlocking()
                .handle((call, in) -> "routed to " + in.region()));
        mesh.tool(Tool.named("test_missing_capability")
                .describedAs("Needs a client that can ask a language model")
                .requires(ClientCapability.SAMPLING)
                .nonBlocking()
                .handle(call -> "the client can sample"));
        mesh.tool(Tool.named("test_streaming_elicitation")
                .describedAs("Sends something ahead of its result")
                .handle(call -> {
                    call.progress(1, 2);
                    return "no question asked";
                }));
        mesh.tool(Tool.named("test_logging_tool")
                .describedAs("Logs to clients that want to hear it")
                .nonBlocking()
                .handle(call -> {
                    call.log(LogLevel.INFO, "working");
                    return "logged";
                }));
    }

    record Name(String name) {}

    record Ok(boolean ok) {}

    record Color(String color) {}

    private static void questions(DevMeshBuilder mesh) {
        mesh.tool(asking(
                "test_input_required_result_elicitation",
                call -> "Hello, "
                        + call.elicit("user_name", "What is your name?", Name.class)
                                .orElseThrow()
                                .name()
                        + "!"));
        mesh.tool(asking(
                "test_input_required_result_sampling",
                call -> "The model says: "
                        + call.sample("capital_question", Sampling.of("What is the capital of France?", 100))
                                .text()));
        mesh.tool(asking(
                "test_input_required_result_list_roots",
                call -> "Roots: " + call.ask(Question.roots("client_roots")).roots("client_roots")));
        mesh.tool(asking("test_input_required_result_request_state", call -> {
            call.elicit("confirm", "Go on?", Ok.class).orElseThrow();
            return "state-ok";
        }));
        mesh.tool(asking("test_input_required_result_multiple_inputs", call -> {
            Answers answers = call.ask(
                    Question.form("user_name", "What is your name?", Name.class),
                    Question.sample("greeting", Sampling.of("Greet the user", 50)),
                    Question.roots("client_roots"));
            return answers.form("user_name", Name.class).orElseThrow().name() + ": "
                    + answers.sampled("greeting").text() + " " + answers.roots("client_roots");
        }));
        mesh.tool(asking("test_input_required_result_multi_round", call -> {
            Name name = call.elicit("step1", "What is your name?", Name.class).orElseThrow();
            Color color = call.elicit("step2", "Which color do you like?", Color.class)
                    .orElseThrow();
            return name.name() + " likes " + color.color();
        }));
        mesh.tool(asking("test_input_required_result_tampered_state", call -> {
            call.elicit("confirm", "Go on?", Ok.class).orElseThrow();
            return "the state was not altered";
        }));
        mesh.tool(asking("test_input_required_result_capabilities", call -> {
            List<Question> questions = new ArrayList<>();
            if (call.capabilities().contains(ClientCapability.ELICITATION)) {
                questions.add(Question.form("user_name", "What is your name?", Name.class));
            }
            if (call.capabilities().contains(ClientCapability.SAMPLING)) {
                questions.add(Question.sample("greeting", Sampling.of("Greet the user", 50)));
            }
            call.ask(questions.toArray(Question[]::new));
            return "asked what the client can answer";
        }));
    }

    private static Tool asking(String name, ToolHandler.OfCall<String> handler) {
        return Tool.named(name)
                .describedAs("Asks the client before it answers")
                .nonBlocking()
                .handle(handler);
    }

    record Data(String id, boolean templateTest, String data) {}

    private static void resources(DevMeshBuilder mesh) {
        mesh.resource(Resource.at("test://static-text")
                .named("static-text")
                .describedAs("A text")
                .mimeType("text/plain")
                .read(call -> "This is the content of the static text resource."));
        mesh.resource(Resource.at("test://static-binary")
                .named("static-binary")
                .describedAs("A picture")
                .mimeType("image/png")
                .read(call -> PNG));
        mesh.resource(Resource.at("test://watched-resource")
                .named("watched-resource")
                .describedAs("A text to listen to")
                .mimeType("text/plain")
                .read(call -> "watched"));
        mesh.resourceTemplate(ResourceTemplate.at("test://template/{id}/data")
                .named("template")
                .describedAs("Data by id")
                .mimeType("application/json")
                .read((call, variables) -> {
                    String id = variables.get("id");
                    return Json.tree(new Data(id, true, "Data for ID: " + id)).toString();
                }));
    }

    record Background(String context) {}

    private static void prompts(DevMeshBuilder mesh) {
        mesh.prompt(Prompt.named("test_simple_prompt")
                .describedAs("A prompt without arguments")
                .handle((call, args) -> Message.user("This is a simple prompt for testing.")));
        mesh.prompt(Prompt.named("test_prompt_with_arguments")
                .describedAs("A prompt with two arguments")
                .argument("arg1", "The first")
                .argument("arg2", "The second")
                .completes("arg1", Completer.of("testValue1", "testValue2"))
                .handle((call, args) -> Message.user(
                        "Prompt with arguments: arg1='" + args.get("arg1") + "', arg2='" + args.get("arg2") + "'")));
        mesh.prompt(Prompt.named("test_prompt_with_embedded_resource")
                .describedAs("A prompt that holds a resource")
                .argument("resourceUri", "Its address")
                .handle((call, args) -> PromptResult.of(
                        Message.user(Content.embedded(
                                args.get("resourceUri"), "text/plain", "Embedded resource content for testing.")),
                        Message.user("Please process the embedded resource above."))));
        mesh.prompt(Prompt.named("test_prompt_with_image")
                .describedAs("A prompt that holds a picture")
                .handle((call, args) -> PromptResult.of(
                        Message.user(Content.image(PNG, "image/png")),
                        Message.user("Please analyze the image above."))));
        mesh.prompt(Prompt.named("test_input_required_result_prompt")
                .describedAs("A prompt that asks the client first")
                .handle((call, args) -> Message.user("Context: "
                        + call.elicit("user_context", "What context should the prompt use?", Background.class)
                                .orElseThrow()
                                .context())));
    }

    /** Tools that change what is offered, and change it back. */
    private static void triggers(DevMesh mesh) {
        mesh.tools()
                .register(Tool.named("test_trigger_tool_change")
                        .describedAs("Changes the set of tools")
                        .handle(call -> {
                            mesh.tools()
                                    .register(Tool.named("test_passing_tool").handle(passing -> "passing"));
                            mesh.tools().unregister("test_passing_tool");
                            return "changed";
                        }));
        mesh.tools()
                .register(Tool.named("test_trigger_prompt_change")
                        .describedAs("Changes the set of prompts")
                        .handle(call -> {
                            mesh.prompts()
                                    .register(
                                            Prompt.named("test_passing_prompt").handle((passing, args) -> "passing"));
                            mesh.prompts().unregister("test_passing_prompt");
                            return "changed";
                        }));
    }

    /** Serves on the port given as the argument until it is interrupted. */
    public static void main(String[] args) throws InterruptedException {
        if (args.length != 1) {
            System.err.println("usage: ConformanceServer PORT");
            System.exit(2);
        }
        try (MeshServer server =
                MeshServer.of(mesh()).port(Integer.parseInt(args[0])).start()) {
            System.out.println("Listening at " + server.mcpUri());
            Thread.currentThread().join();
        }
    }
}
