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
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.launcher.config.Configuration;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.config.Origin;
import dev.devmesh.launcher.config.Secret;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.netty.MeshServer;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A mesh that keeps everything in memory, served as the configuration says. Safe for use by many threads. */
public final class Server implements AutoCloseable {

    private static final Principal LAUNCHER = Principal.administrator(Tenant.single(), "devmesh");

    private final String version;
    private final MeshServer server;
    private final InMemoryStore store;
    private final @Nullable AdminKey adminKey;

    private Server(String version, MeshServer server, InMemoryStore store, @Nullable AdminKey adminKey) {
        this.version = version;
        this.server = server;
        this.store = store;
        this.adminKey = adminKey;
    }

    /**
     * Builds the mesh and begins to serve it.
     *
     * @param dev whether everyone is administrator, which only a loopback address allows
     * @param version what clients are told
     * @return the open server, which its caller closes
     * @throws Failure if the server cannot start; nothing is left open
     */
    public static Server start(LoadedConfiguration loaded, boolean dev, String version) {
        Configuration configuration = loaded.configuration();
        if (dev) {
            requireLoopback(configuration.listeners().bind());
        }
        InMemoryStore store = InMemoryStore.create();
        boolean open = false;
        try {
            DevMeshBuilder builder = DevMesh.builder()
                    .name("devmesh")
                    .title("DevMesh")
                    .version(version)
                    .limits(configuration.limits())
                    .rateLimits(configuration.rates().forMesh())
                    .store(store)
                    .contextTools();
            if (dev) {
                builder.authenticator(Authenticator.everyone(developer()));
            }
            if (configuration.sessionSecret().isSet()) {
                builder.sessionSecret(configuration.sessionSecret().reveal());
            }
            DevMesh mesh = builder.build();
            AdminKey adminKey = dev ? null : adminKey(loaded, mesh.keys());
            Server server = new Server(version, listen(mesh, configuration), store, adminKey);
            open = true;
            return server;
        } finally {
            if (!open) {
                store.close();
            }
        }
    }

    private static void requireLoopback(String bind) {
        boolean loopback;
        try {
            loopback = InetAddress.getByName(bind).isLoopbackAddress();
        } catch (UnknownHostException e) {
            loopback = false;
        }
        if (!loopback) {
            throw new Failure(
                    ExitCode.USAGE,
                    "--dev asks nobody for a key, so it serves this machine only, and listeners.bind is " + bind,
                    "--bind 127.0.0.1, or leave out --dev");
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
                        sentencePart(e.fix()),
                        e);
            }
        }
        return key;
    }

    private static String named(Origin origin) {
        return "auth.admin_key (" + origin + ")";
    }

    private static MeshServer listen(DevMesh mesh, Configuration configuration) {
        Configuration.Http http = configuration.http();
        try {
            return MeshServer.of(mesh)
                    .host(configuration.listeners().bind())
                    .port(configuration.listeners().edge())
                    .readTimeout(http.readTimeout())
                    .writeTimeout(http.writeTimeout())
                    .idleTimeout(http.idleTimeout())
                    .maxBodyBytes(Math.toIntExact(http.maxBody().bytes()))
                    .allowedOrigins(http.allowedOrigins().toArray(String[]::new))
                    .allowedHosts(http.allowedHosts().toArray(String[]::new))
                    .maxConnections(configuration.connections())
                    .start();
        } catch (MeshException e) {
            throw new Failure(
                    ExitCode.RUNTIME,
                    sentencePart(String.valueOf(e.getMessage())),
                    "--port N or --bind ADDRESS (listeners.edge, listeners.bind); --port 0 takes any free port",
                    e);
        }
    }

    private static String sentencePart(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    String version() {
        return version;
    }

    URI mcpUri() {
        return server.mcpUri();
    }

    /** The administrator's key, or empty where nobody needs one. */
    Optional<AdminKey> adminKey() {
        return Optional.ofNullable(adminKey);
    }

    /** Finishes what is under way and ends. */
    @Override
    public void close() {
        server.close();
        store.close();
    }
}
