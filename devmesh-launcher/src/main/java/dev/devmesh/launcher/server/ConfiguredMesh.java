package dev.devmesh.launcher.server;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Secret;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.MeshListener;
import dev.devmesh.launcher.config.Configuration;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.config.Origin;
import dev.devmesh.launcher.database.ConfiguredStore;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.outbound.OutboundAllow;
import dev.devmesh.token.TokenSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A mesh, put together as the configuration says. Whoever serves it starts it and closes it. */
final class ConfiguredMesh {

    private static final Principal LAUNCHER = Principal.operator(Tenant.single(), "devmesh");

    private final DevMesh mesh;
    private final @Nullable AdminKey adminKey;

    private ConfiguredMesh(DevMesh mesh, @Nullable AdminKey adminKey) {
        this.mesh = mesh;
        this.adminKey = adminKey;
    }

    /**
     * Builds it.
     *
     * @param parts what it is made over; not closed here
     * @param dev whether everyone is administrator
     * @param version what clients are told
     * @param listeners hear its events
     * @throws Failure if something is wrong with it
     */
    static ConfiguredMesh build(
            LoadedConfiguration loaded, Parts parts, boolean dev, String version, MeshListener... listeners) {
        Configuration configuration = loaded.configuration();
        DevMeshBuilder builder = DevMesh.builder()
                .name("devmesh")
                .title("DevMesh")
                .version(version)
                .limits(configuration.limits())
                .rateLimits(configuration.rates().forMesh())
                .failedAuthentications(configuration.rates().failedAuthentications())
                .sessionTtl(configuration.sessionTtl())
                .tokens(tokens(configuration.tokens()))
                .auditCalls(configuration.auditCalls())
                .auditRetention(configuration.auditRetention())
                .outboundAllow(OutboundAllow.of(configuration.outboundAllow()))
                .store(parts.store().store())
                .embedding(parts.embedding().model())
                .contextTools();
        configuration.issuers().forEach(builder::issuer);
        parts.store()
                .postgres()
                .ifPresent(database -> builder.bus(database.bus()).healthCheck("database", database.health()));
        if (dev) {
            builder.authenticator(Authenticator.everyone(developer()));
        }
        if (configuration.sessionSecret().isSet()) {
            builder.sessionSecret(configuration.sessionSecret().reveal());
        }
        List.of(listeners).forEach(builder::listener);
        DevMesh mesh = builder.build();
        return new ConfiguredMesh(mesh, dev ? null : adminKey(loaded, parts.store(), mesh.keys()));
    }

    /** The settings with the key in the file, which nobody has looked at so far. */
    private static TokenSettings tokens(Configuration.Tokens configured) {
        if (configured.privateKey().isEmpty()) {
            return configured.settings();
        }
        Path file = configured.privateKey().get();
        TokenSettings settings;
        try {
            settings = configured.settings().privateKey(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new Failure(
                    ExitCode.USAGE,
                    file + ", which auth.jwt.private_key names, cannot be read",
                    "name a PEM file that the server may read",
                    e);
        }
        List<String> problems = settings.problems();
        if (!problems.isEmpty()) {
            throw new Failure(
                    ExitCode.USAGE,
                    "auth.jwt.private_key names " + file + ", which cannot be used",
                    Failure.part(problems.get(0)));
        }
        return settings;
    }

    private static Principal developer() {
        String user = System.getProperty("user.name", "");
        return Principal.operator(Tenant.single(), user.isBlank() ? "developer" : user);
    }

    private static AdminKey adminKey(LoadedConfiguration loaded, ConfiguredStore store, ApiKeys keys) {
        Secret given = loaded.configuration().adminKey();
        AdminKeyFile file = new AdminKeyFile(loaded.configuration().dataDir());
        // Servers that start at once on one database must not make a key each.
        return store.alone(() -> {
            Optional<AdminKey> kept =
                    given.isSet() ? Optional.of(new AdminKey(given, Optional.empty(), false)) : file.kept();
            if (kept.isEmpty() && store.isDurable() && hasAdministrator(keys)) {
                return AdminKey.elsewhere();
            }
            // Kept first and stored then: cut off in between, the next start stores it. The other way round nobody
            // would know it.
            AdminKey key = kept.orElseGet(() -> file.readOrMint(keys::newSecret));
            imported(key, loaded, keys);
            return key;
        });
    }

    private static boolean hasAdministrator(ApiKeys keys) {
        Instant now = Instant.now();
        String cursor = "";
        do {
            Page<ApiKey> page = keys.list(LAUNCHER, cursor, ApiKeys.MAX_PAGE);
            if (page.data().stream()
                    .anyMatch(key -> key.isGood(now) && key.scopes().names().contains(Scopes.ADMIN))) {
                return true;
            }
            cursor = page.nextCursor();
        } while (!cursor.isEmpty());
        return false;
    }

    private static void imported(AdminKey key, LoadedConfiguration loaded, ApiKeys keys) {
        KeySpec spec = KeySpec.named("administrator")
                .scopes(Scopes.ADMIN, Scopes.PLATFORM)
                .plan(Principal.UNLIMITED_PLAN);
        try {
            keys.importKey(LAUNCHER, spec, key.secret().reveal());
        } catch (MeshException e) {
            if (e.code() != ErrorCode.INVALID_VALUE && e.code() != ErrorCode.ALREADY_EXISTS) {
                throw e;
            }
            String place = key.file().map(Object::toString).orElseGet(() -> named(loaded.adminKeyOrigin()));
            throw new Failure(
                    key.file().isPresent() ? ExitCode.RUNTIME : ExitCode.USAGE,
                    "the administrator's key of " + place + " cannot be used",
                    Failure.part(e.fix()),
                    e);
        }
    }

    private static String named(Origin origin) {
        return "auth.admin_key (" + origin + ")";
    }

    DevMesh mesh() {
        return mesh;
    }

    /** The administrator's key, or empty where nobody needs one. */
    Optional<AdminKey> adminKey() {
        return Optional.ofNullable(adminKey);
    }
}
