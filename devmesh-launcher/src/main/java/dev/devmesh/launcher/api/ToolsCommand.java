package dev.devmesh.launcher.api;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.launcher.shell.Surroundings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code devmesh tools …}. */
@Command(name = "tools", description = "Lists and runs tools, and explains who may.", mixinStandardHelpOptions = true)
public final class ToolsCommand {

    private static final String TOOLS = "/api/v1/tools";

    private final Surroundings surroundings;

    /** @param surroundings where it prints */
    public ToolsCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(name = "ls", description = "Lists the tools that the key may run.", mixinStandardHelpOptions = true)
    void list(@Mixin Target target) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.list(TOOLS, "name", "description");
        }
    }

    @Command(
            name = "call",
            description = "Runs a tool and prints what it answers; exit code 1 if it says that it failed.",
            mixinStandardHelpOptions = true)
    int call(
            @Mixin Target target,
            @Parameters(paramLabel = "NAME", description = "The tool.") String name,
            @Parameters(
                            paramLabel = "JSON",
                            arity = "0..1",
                            defaultValue = "{}",
                            description = "Its arguments, a JSON object; {} when not given.")
                    String arguments) {
        ObjectNode body = Json.object();
        body.set("arguments", arguments(arguments));
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            JsonNode answer = mesh.send("POST", Conversation.path(TOOLS, name, "call"), body);
            if (target.json()) {
                mesh.show(answer);
            } else {
                answer.path("content")
                        .forEach(piece -> mesh.say(
                                piece.path("text").isString()
                                        ? piece.path("text").asString()
                                        : piece.toString()));
            }
            return answer.path("is_error").asBoolean(false) ? ExitCode.RUNTIME.number() : ExitCode.OK.number();
        }
    }

    private static JsonNode arguments(String text) {
        try {
            JsonNode json = Json.parse(text);
            if (json.isObject()) {
                return json;
            }
        } catch (RuntimeException malformed) {
            throw notAnObject(malformed);
        }
        throw notAnObject(null);
    }

    private static Failure notAnObject(@Nullable RuntimeException cause) {
        return new Failure(
                ExitCode.USAGE,
                "the arguments of the tool are no JSON object",
                "quote them for the shell, for example '{\"city\": \"Oslo\"}'",
                cause);
    }

    @Command(
            name = "why",
            description = "Explains whether the key may run a tool, or the tools of a provider, and what is missing.",
            mixinStandardHelpOptions = true)
    void why(@Mixin Target target, @Parameters(paramLabel = "NAME", description = "The tool.") String name) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.get(Conversation.path(TOOLS, name, "permissions")));
        }
    }
}
