package dev.devmesh.launcher.api;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.shell.Surroundings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code devmesh users …}. */
@Command(
        name = "users",
        description = "Makes, lists and changes users, and gives them roles.",
        mixinStandardHelpOptions = true)
public final class UsersCommand {

    private static final String USERS = "/api/v1/users";

    private final Surroundings surroundings;

    /** @param surroundings where it prints */
    public UsersCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Who a user is. */
    static final class Properties {

        @Option(names = "--email", paramLabel = "EMAIL", description = "The email; unique in the tenant.")
        private @Nullable String email;

        @Option(names = "--name", paramLabel = "NAME", description = "What people call the user.")
        private @Nullable String name;

        @Option(
                names = "--subject",
                paramLabel = "SUBJECT",
                description = "What an external issuer of tokens calls the user.")
        private @Nullable String subject;

        private ObjectNode body() {
            ObjectNode body = Json.object();
            put(body, "email", email);
            put(body, "name", name);
            put(body, "subject", subject);
            return body;
        }

        private static void put(ObjectNode body, String member, @Nullable String value) {
            if (value != null) {
                body.put(member, value);
            }
        }
    }

    @Command(name = "ls", description = "Lists the users, newest first.", mixinStandardHelpOptions = true)
    void list(@Mixin Target target) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.list(USERS, "id", "email", "name", "subject", "disabled_at");
        }
    }

    @Command(name = "get", description = "Shows a user.", mixinStandardHelpOptions = true)
    void get(@Mixin Target target, @Parameters(paramLabel = "ID") String id) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.get(Conversation.path(USERS, id)));
        }
    }

    @Command(name = "create", description = "Makes a user, who may do nothing yet.", mixinStandardHelpOptions = true)
    void create(
            @Mixin Target target,
            @Mixin Properties properties,
            @Option(
                            names = "--id",
                            paramLabel = "ID",
                            description = "Its id; for who manages the platform. Made up when not given.")
                    @Nullable
                    String id) {
        ObjectNode body = properties.body();
        Properties.put(body, "id", id);
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send("POST", USERS, body));
        }
    }

    @Command(name = "update", description = "Changes what is given of a user.", mixinStandardHelpOptions = true)
    void update(@Mixin Target target, @Mixin Properties properties, @Parameters(paramLabel = "ID") String id) {
        change(target, id, properties.body());
    }

    @Command(name = "disable", description = "Has a user's credentials refused.", mixinStandardHelpOptions = true)
    void disable(@Mixin Target target, @Parameters(paramLabel = "ID") String id) {
        change(target, id, Json.object().put("disabled", true));
    }

    @Command(name = "enable", description = "Has a user's credentials accepted again.", mixinStandardHelpOptions = true)
    void enable(@Mixin Target target, @Parameters(paramLabel = "ID") String id) {
        change(target, id, Json.object().put("disabled", false));
    }

    private void change(Target target, String id, ObjectNode body) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send("PATCH", Conversation.path(USERS, id), body));
        }
    }

    @Command(
            name = "delete",
            description = "Removes a user and revokes the keys that act for it.",
            mixinStandardHelpOptions = true)
    void delete(@Mixin Target target, @Parameters(paramLabel = "ID") String id) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.send("DELETE", Conversation.path(USERS, id));
            mesh.say("deleted " + id);
        }
    }

    @Command(name = "roles", description = "Lists the roles of a user.", mixinStandardHelpOptions = true)
    void roles(@Mixin Target target, @Parameters(paramLabel = "ID") String id) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.rows(mesh.get(Conversation.path(USERS, id, "roles")), RolesCommand.COLUMNS);
        }
    }

    @Command(name = "give", description = "Gives a user a role.", mixinStandardHelpOptions = true)
    void give(
            @Mixin Target target,
            @Parameters(paramLabel = "ID") String id,
            @Parameters(paramLabel = "ROLE", description = "Its name or id.") String role) {
        role(target, "PUT", id, role);
    }

    @Command(name = "take", description = "Takes a role from a user.", mixinStandardHelpOptions = true)
    void take(
            @Mixin Target target,
            @Parameters(paramLabel = "ID") String id,
            @Parameters(paramLabel = "ROLE", description = "Its name or id.") String role) {
        role(target, "DELETE", id, role);
    }

    private void role(Target target, String method, String id, String role) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.rows(
                    mesh.send(method, Conversation.path(USERS, id, "roles", Conversation.encoded(role))),
                    RolesCommand.COLUMNS);
        }
    }
}
