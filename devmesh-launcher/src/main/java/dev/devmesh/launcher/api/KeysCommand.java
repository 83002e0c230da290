package dev.devmesh.launcher.api;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.shell.Surroundings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code devmesh keys …}. */
@Command(name = "keys", description = "Makes, lists, changes and revokes API keys.", mixinStandardHelpOptions = true)
public final class KeysCommand {

    private static final String KEYS = "/api/v1/auth/keys";

    private final Surroundings surroundings;

    /** @param surroundings where it prints */
    public KeysCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What a key may be given. */
    static final class Properties {

        @Option(names = "--scope", paramLabel = "SCOPE", description = "What it allows; may be repeated.")
        private List<String> scopes = List.of();

        @Option(names = "--plan", paramLabel = "PLAN", description = "Its rate plan.")
        private @Nullable String plan;

        @Option(
                names = "--expires-in",
                paramLabel = "TIME",
                converter = Life.class,
                description = "How long it is good from now on, for example 90d.")
        private @Nullable Duration expiresIn;

        private void into(ObjectNode body) {
            if (!scopes.isEmpty()) {
                ArrayNode names = body.putArray("scopes");
                scopes.forEach(names::add);
            }
            if (plan != null) {
                body.put("plan", plan);
            }
            if (expiresIn != null) {
                body.put("expires_in_seconds", expiresIn.toSeconds());
            }
        }
    }

    @Command(name = "ls", description = "Lists the keys, newest first.", mixinStandardHelpOptions = true)
    void list(@Mixin Target target) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.list(KEYS, "id", "name", "state", "scopes", "plan", "user_id", "expires_at", "last_used_at");
        }
    }

    @Command(name = "get", description = "Shows a key, never its secret.", mixinStandardHelpOptions = true)
    void get(@Mixin Target target, @Parameters(paramLabel = "ID") String id) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.get(Conversation.path(KEYS, id)));
        }
    }

    @Command(
            name = "create",
            description = "Makes a key and prints its secret: the only time that anybody sees it.",
            mixinStandardHelpOptions = true)
    void create(
            @Mixin Target target,
            @Mixin Properties properties,
            @Option(names = "--user", paramLabel = "ID", description = "The user that it acts for.") @Nullable
                    String user,
            @Parameters(paramLabel = "NAME", description = "What people call it, for example ci.") String name) {
        ObjectNode body = Json.object().put("name", name);
        properties.into(body);
        if (user != null) {
            body.put("user_id", user);
        }
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send("POST", KEYS, body));
        }
    }

    @Command(name = "update", description = "Changes what a key allows.", mixinStandardHelpOptions = true)
    void update(
            @Mixin Target target,
            @Mixin Properties properties,
            @Option(names = "--name", paramLabel = "NAME", description = "What people call it.") @Nullable String name,
            @Parameters(paramLabel = "ID") String id) {
        ObjectNode body = Json.object();
        properties.into(body);
        if (name != null) {
            body.put("name", name);
        }
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send("PATCH", Conversation.path(KEYS, id), body));
        }
    }

    @Command(name = "revoke", description = "Takes a key back, at once and for good.", mixinStandardHelpOptions = true)
    void revoke(@Mixin Target target, @Parameters(paramLabel = "ID") String id) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.send("DELETE", Conversation.path(KEYS, id));
            mesh.say("revoked " + id);
        }
    }

    @Command(
            name = "rotate",
            description = "Makes a key like this one and lets this one expire.",
            mixinStandardHelpOptions = true)
    void rotate(
            @Mixin Target target,
            @Option(
                            names = "--overlap",
                            paramLabel = "TIME",
                            converter = Life.class,
                            defaultValue = "24h",
                            description = "How long both are good, for example 24h, which is the default.")
                    Duration overlap,
            @Parameters(paramLabel = "ID") String id) {
        ObjectNode body = Json.object().put("overlap_seconds", overlap.toSeconds());
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.send("POST", Conversation.path(KEYS, id, "rotate"), body));
        }
    }

    @Command(
            name = "validate",
            description = "Shows who the key shown is, and what it allows.",
            mixinStandardHelpOptions = true)
    void validate(@Mixin Target target) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.show(mesh.get(KEYS + "/validate"));
        }
    }
}
