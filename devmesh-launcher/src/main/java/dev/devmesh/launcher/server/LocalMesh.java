package dev.devmesh.launcher.server;

import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.TraceContext;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.rest.RestExecution;
import dev.devmesh.rest.RestRequest;
import dev.devmesh.rest.RestResponse;
import dev.devmesh.token.TokenInspection;
import java.util.Map;
import java.util.Optional;

/**
 * A mesh of the configuration that is asked in this process and serves nobody: for commands. Whoever runs them may read the
 * configuration, and so the database's password; that is what makes them administrator.
 */
public final class LocalMesh implements AutoCloseable {

    private final Parts parts;
    private final ConfiguredMesh mesh;
    private final Principal caller;

    private LocalMesh(Parts parts, ConfiguredMesh mesh, Principal caller) {
        this.parts = parts;
        this.mesh = mesh;
        this.caller = caller;
    }

    /**
     * Opens it.
     *
     * @return the open mesh, which its caller closes
     * @throws Failure if it has no database, or one that cannot be used
     */
    public static LocalMesh open(LoadedConfiguration loaded) {
        if (loaded.configuration().database().isEmpty()) {
            throw new Failure(
                    ExitCode.USAGE,
                    "the configuration has no database, so nothing is kept that another process could see",
                    "--url with the address of a running server, or set database.url (DATABASE_URL)");
        }
        Parts parts;
        try {
            parts = Parts.open(loaded.configuration());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitCode.RUNTIME, "interrupted", "run it again", stopped);
        }
        boolean open = false;
        try {
            LocalMesh mesh = new LocalMesh(parts, ConfiguredMesh.build(loaded, parts, true, "command-line"), caller());
            open = true;
            return mesh;
        } finally {
            if (!open) {
                parts.close();
            }
        }
    }

    private static Principal caller() {
        String user = System.getProperty("user.name", "");
        return Principal.operator(Tenant.single(), "command-line:" + (user.isBlank() ? "unknown" : user));
    }

    /** Sends a request to its REST API and waits for the answer. */
    public RestResponse send(String method, String target, byte[] body) {
        RestExecution execution = mesh.mesh()
                .rest()
                .begin(new RestRequest(
                        method, target, Map.of(), body, Optional.of(caller), Credentials.none(), TraceContext.begin()));
        execution.run();
        return execution.result().toCompletableFuture().join();
    }

    /** Says what is in a token and how each check of it goes. */
    public TokenInspection inspect(String token) {
        return mesh.mesh().tokens().inspect(token);
    }

    @Override
    public void close() {
        mesh.mesh().close();
        parts.close();
    }
}
