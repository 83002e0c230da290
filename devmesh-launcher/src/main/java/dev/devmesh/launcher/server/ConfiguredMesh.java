package dev.devmesh.launcher.server;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.MeshException;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.MeshListener;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.launcher.config.Configuration;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.config.Origin;
import dev.devmesh.launcher.config.Secret;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.outbound.OutboundAllow;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A mesh that keeps everything in memory, put together as the configuration says. Whoever serves it starts it and closes it, and
 * closes this after it.
 */
final class ConfiguredMesh implements AutoCloseable {

    private static final Principal LAUNCHER = Principal.administrator(Tenant.single(), "devmesh");

    private final DevMesh mesh;
    private final InMemoryStore store;
    private final ConfiguredEmbedding embedding;
    private final @Nullable AdminKey adminKey;

    private ConfiguredMesh(
            DevMesh mesh, InMemoryStore store, ConfiguredEmbedding embedding, @Nullable AdminKey adminKey) {
        this.mesh = mesh;
        this.store = store;
        this.embedding = embedding;
        this.adminKey = adminKey;
    }

    /**
     * Builds it.
     *
     * @param dev whether everyone is administrator
     * @param version what clients are told
     * @param listeners hear its events
     * @throws Failure if something is wrong with it; nothing is left open
     */
    static ConfiguredMesh build(LoadedConfiguration loaded, boolean dev, String version, MeshListener... listeners) {
        Configuration configuration = loaded.configuration();
        ConfiguredEmbedding embedding = ConfiguredEmbedding.of(configuration);
        InMemoryStore store = InMemoryStore.create();
        boolean built = false;
        try {
            DevMeshBuilder builder = DevMesh.builder()
                    .name("devmesh")
                    .title("DevMesh")
                    .version(version)
                    .limits(configuration.limits())
                    .rateLimits(configuration.rates().forMesh())
                    .sessionTtl(configuration.sessionTtl())
                    .outboundAllow(OutboundAllow.of(configuration.outboundAllow()))
                    .store(store)
                    .embedding(embedding.model())
                    .contextTools();
            if (dev) {
                builder.authenticator(Authenticator.everyone(developer()));
            }
            if (configuration.sessionSecret().isSet()) {
                builder.sessionSecret(configuration.sessionSecret().reveal());
            }
            List.of(listeners).forEach(builder::listener);
            DevMesh mesh = builder.build();
            ConfiguredMesh configured =
                    new ConfiguredMesh(mesh, store, embedding, dev ? null : adminKey(loaded, mesh.keys()));
            built = true;
            return configured;
        } finally {
            if (!built) {
                store.close();
                embedding.close();
            }
        }
    }

    private static Principal developer() {
        String user = System.getProperty("user.name", "");
        return Principal.administrator(Tenant.single(), user.isBlank() ? "developer" : user);
    }

    private static AdminKey adminKey(LoadedConfiguration loaded, ApiKeys keys) {
        KeySpec spec = KeySpec.named("administrator").scopes(Scopes.ADMIN).plan(Principal.UNLIMITED_PLAN);
        Secret given = loaded.configuration().adminKey();
        AdminKey key = given.isSet()
                ? new AdminKey(given, Optional.empty(), false)
                : new AdminKeyFile(loaded.configuration().dataDir())
                        .readOrMint(() -> keys.create(LAUNCHER, spec).secret());
        if (!key.minted()) {
            try {
                keys.importKey(LAUNCHER, spec, key.secret().reveal());
            } catch (MeshException e) {
                String place = key.file().map(Object::toString).orElseGet(() -> named(loaded.adminKeyOrigin()));
                throw new Failure(
                        key.file().isPresent() ? ExitCode.RUNTIME : ExitCode.USAGE,
                        "the administrator's key of " + place + " cannot be used",
                        Failure.part(e.fix()),
                        e);
            }
        }
        return key;
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

    /** Closes the store and the embedding model. */
    @Override
    public void close() {
        store.close();
        embedding.close();
    }
}
