package dev.devmesh.launcher.api;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.launcher.server.LocalMesh;
import dev.devmesh.launcher.shell.Surroundings;
import dev.devmesh.token.TokenInspection;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code devmesh jwt …}. */
@Command(name = "jwt", description = "Looks into tokens.", mixinStandardHelpOptions = true)
public final class JwtCommand {

    private static final List<String> TIMES = List.of("iat", "nbf", "exp");

    private final Surroundings surroundings;

    /** @param surroundings where it prints */
    public JwtCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            name = "inspect",
            description = {
                "Shows what is in the token given as --key or DEVMESH_API_KEY, and whether the server takes it; exit code 1 if not.",
                "With --config it goes through each check in this process and says what is expected and what is there."
            },
            mixinStandardHelpOptions = true)
    int inspect(@Mixin Target target) {
        String token = target.shown(surroundings).reveal();
        if (token.isEmpty()) {
            throw new Failure(ExitCode.USAGE, "there is no token to look into", "--key TOKEN or DEVMESH_API_KEY");
        }
        ObjectNode report = contents(token);
        boolean good;
        Optional<LocalMesh> local = target.local(surroundings);
        if (local.isPresent()) {
            try (LocalMesh mesh = local.get()) {
                TokenInspection inspection = mesh.inspect(token);
                good = inspection.passed();
                ObjectNode checks = report.putObject("checks");
                inspection
                        .checks()
                        .forEach(check -> checks.put(
                                check.name(),
                                check.passed()
                                        ? "OK    " + check.found()
                                        : "FAIL  expected " + check.expected() + ", found " + check.found()));
            }
        } else {
            good = accepted(target, report);
        }
        Conversation.show(report, surroundings.out(), target.json());
        return good ? ExitCode.OK.number() : ExitCode.RUNTIME.number();
    }

    private boolean accepted(Target target, ObjectNode report) {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            JsonNode caller = mesh.get("/api/v1/auth/keys/validate");
            report.put("server", "takes it, as " + caller.path("name").asString(""));
            return true;
        } catch (Failure refusal) {
            if (refusal.exitCode() == ExitCode.USAGE) {
                throw refusal;
            }
            report.put("server", String.valueOf(refusal.getMessage()));
            return false;
        }
    }

    /** What the token says of itself, unverified. */
    private static ObjectNode contents(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw new Failure(
                    ExitCode.USAGE,
                    "this is no signed token, which has three parts with points between them",
                    "the access_token of POST /api/v1/auth/token; keys are shown by devmesh keys validate");
        }
        ObjectNode contents = Json.object();
        contents.set("header", part(parts[0]));
        ObjectNode claims = part(parts[1]);
        TIMES.forEach(name -> readable(claims, name));
        contents.set("claims", claims);
        return contents;
    }

    private static ObjectNode part(String encoded) {
        try {
            byte[] text = Base64.getUrlDecoder().decode(encoded.getBytes(StandardCharsets.UTF_8));
            if (Json.parse(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (RuntimeException malformed) {
            throw unreadable(malformed);
        }
        throw unreadable(null);
    }

    private static Failure unreadable(@Nullable RuntimeException cause) {
        return new Failure(
                ExitCode.USAGE,
                "a part of the token is no JSON in base64url",
                "the whole token, as it was given",
                cause);
    }

    private static void readable(ObjectNode claims, String name) {
        JsonNode time = claims.path(name);
        if (time.isIntegralNumber()) {
            try {
                claims.put(name, time.asLong() + " (" + Instant.ofEpochSecond(time.asLong()) + ")");
            } catch (DateTimeException beyond) {
                claims.put(name, time.asLong() + " (beyond all times)");
            }
        }
    }
}
