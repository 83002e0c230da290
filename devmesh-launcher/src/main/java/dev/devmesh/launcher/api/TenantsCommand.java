package dev.devmesh.launcher.api;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.launcher.shell.Surroundings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code devmesh tenants …}. */
@Command(
        name = "tenants",
        description = "Makes, suspends and deletes tenants; for who has the scope platform.",
        mixinStandardHelpOptions = true)
public final class TenantsCommand {

    private static final String TENANTS = "/api/v1/tenants";

    private final Surroundings surroundings;

    /** @param surroundings where it prints */
    public TenantsCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(name = "ls", description = "Lists the tenants, newest first.", mixinStandardHelpOptions = true)
    void list(@Mixin Target target) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.list(TENANTS, "id", "name", "state", "created_at");
        }
    }

    @Command(name = "create", description = "Makes a tenant.", mixinStandardHelpOptions = true)
    void create(
            @Mixin Target target,
            @Option(names = "--name", paramLabel = "NAME", description = "For people.") @Nullable String name,
            @Parameters(paramLabel = "ID") String id) {
        ObjectNode body = Json.object().put("id", id);
        if (name != null) {
            body.put("name", name);
        }
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send("POST", TENANTS, body));
        }
    }

    @Command(
            name = "key",
            description = "Makes an administrator's key of a tenant and prints its secret.",
            mixinStandardHelpOptions = true)
    void key(
            @Mixin Target target,
            @Option(
                            names = "--name",
                            paramLabel = "NAME",
                            defaultValue = "administrator",
                            description = "What people call it; administrator when not given.")
                    String name,
            @Parameters(paramLabel = "ID") String id) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send(
                    "POST",
                    Conversation.path(TENANTS, id, "keys"),
                    Json.object().put("name", name)));
        }
    }

    @Command(
            name = "suspend",
            description = "Has a tenant's credentials refused; its data stays.",
            mixinStandardHelpOptions = true)
    void suspend(@Mixin Target target, @Parameters(paramLabel = "ID") String id) {
        suspended(target, id, true);
    }

    @Command(name = "resume", description = "Has them accepted again.", mixinStandardHelpOptions = true)
    void resume(@Mixin Target target, @Parameters(paramLabel = "ID") String id) {
        suspended(target, id, false);
    }

    private void suspended(Target target, String id, boolean suspended) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send(
                    "PATCH", Conversation.path(TENANTS, id), Json.object().put("suspended", suspended)));
        }
    }

    @Command(
            name = "delete",
            description = "Deletes a tenant with all its data, for ever, and prints the proof.",
            mixinStandardHelpOptions = true)
    void delete(
            @Mixin Target target,
            @Option(names = "--yes", description = "That it is meant.") boolean sure,
            @Parameters(paramLabel = "ID") String id) {
        if (!sure) {
            throw new Failure(ExitCode.USAGE, "this deletes everything of tenant " + id + ", for ever", "add --yes");
        }
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send("DELETE", Conversation.path(TENANTS, id)));
        }
    }
}
