package dev.devmesh.launcher.server;

import dev.devmesh.MeshException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Secret;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.stdio.StdioServer;

/** A mesh, served to whoever started the process over its standard streams. Safe for use by many threads. */
public final class StdioService implements AutoCloseable {

    /** The environment variable with the caller's API key. */
    public static final String KEY_VARIABLE = "DEVMESH_API_KEY";

    private final StdioServer server;

    private StdioService(StdioServer server) {
        this.server = server;
    }

    /** Refuses what no database has to be asked about. */
    public static void check(boolean dev, Secret apiKey) {
        if (!dev && !apiKey.isSet()) {
            throw new Failure(ExitCode.USAGE, KEY_VARIABLE + " is not set, and the server asks who is calling", cure());
        }
    }

    /**
     * Builds the mesh and begins to serve it.
     *
     * @param parts what the mesh is made over; not closed here
     * @param dev whether the caller is administrator, whatever the key
     * @param apiKey the caller's key, perhaps not set
     * @param version what the client is told
     * @return the open service, which its caller closes
     * @throws Failure if it cannot start; nothing is left open
     */
    public static StdioService start(
            LoadedConfiguration loaded, Parts parts, boolean dev, Secret apiKey, String version) {
        check(dev, apiKey);
        ConfiguredMesh mesh = ConfiguredMesh.build(loaded, parts, dev, version);
        try {
            return new StdioService(StdioServer.of(mesh.mesh())
                    .credentials(dev ? Credentials.none() : new Credentials("", apiKey.reveal(), ""))
                    .maxMessageBytes(Math.toIntExact(
                            loaded.configuration().http().maxBody().bytes()))
                    .start());
        } catch (MeshException e) {
            throw new Failure(
                    ExitCode.USAGE,
                    KEY_VARIABLE + " is not accepted: " + Failure.part(String.valueOf(e.getMessage())),
                    cure(),
                    e);
        }
    }

    private static String cure() {
        return "set it to the administrator's key (auth.admin_key, or the file admin-key in data_dir), or use --dev";
    }

    /** Waits until the conversation has ended. */
    public void awaitEnd() throws InterruptedException {
        server.awaitEnd();
    }

    /** Ends the conversation: finishes what is under way, not for long. */
    public void end() {
        server.close();
    }

    /** Ends the conversation unless it has ended. */
    @Override
    public void close() {
        end();
    }
}
