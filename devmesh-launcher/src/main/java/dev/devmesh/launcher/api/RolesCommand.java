package dev.devmesh.launcher.api;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.shell.Surroundings;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code devmesh roles …}. */
@Command(
        name = "roles",
        description = "Makes, lists and changes roles: sets of permissions for users.",
        mixinStandardHelpOptions = true)
public final class RolesCommand {

    static final String[] COLUMNS = {"name", "id", "built_in", "permissions"};

    private static final String ROLES = "/api/v1/roles";

    private final Surroundings surroundings;

    /** @param surroundings where it prints */
    public RolesCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What a role allows. */
    static final class Allowed {

        @Option(
                names = "--permission",
                paramLabel = "PERMISSION",
                description = "What it allows, for example contexts:read; may be repeated.")
        private List<String> permissions = List.of();

        private ObjectNode into(ObjectNode body) {
            ArrayNode names = body.putArray("permissions");
            permissions.forEach(names::add);
            return body;
        }
    }

    @Command(name = "ls", description = "Lists the roles, by name.", mixinStandardHelpOptions = true)
    void list(@Mixin Target target) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.rows(mesh.get(ROLES), COLUMNS);
        }
    }

    @Command(name = "get", description = "Shows a role.", mixinStandardHelpOptions = true)
    void get(@Mixin Target target, @Parameters(paramLabel = "ROLE", description = "Its name or id.") String role) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.get(Conversation.path(ROLES, role)));
        }
    }

    @Command(name = "create", description = "Makes a role.", mixinStandardHelpOptions = true)
    void create(@Mixin Target target, @Mixin Allowed allowed, @Parameters(paramLabel = "NAME") String name) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send("POST", ROLES, allowed.into(Json.object().put("name", name))));
        }
    }

    @Command(
            name = "allow",
            description = "Has a role allow exactly the permissions given.",
            mixinStandardHelpOptions = true)
    void allow(
            @Mixin Target target,
            @Mixin Allowed allowed,
            @Parameters(paramLabel = "ROLE", description = "Its name or id.") String role) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send("PUT", Conversation.path(ROLES, role, "permissions"), allowed.into(Json.object())));
        }
    }

    @Command(
            name = "delete",
            description = "Removes a role, and takes it from those who have it.",
            mixinStandardHelpOptions = true)
    void delete(@Mixin Target target, @Parameters(paramLabel = "ROLE", description = "Its name or id.") String role) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.send("DELETE", Conversation.path(ROLES, role));
            mesh.say("deleted " + role);
        }
    }
}
