package dev.devmesh.stdio;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How a mesh is served over streams; {@link #start()} checks all of it at once.
 *
 * <p>Confined to its caller.
 */
public final class StdioServerBuilder {

    private static final int LARGEST_MESSAGE = 1 << 30;

    private final DevMesh mesh;
    private Optional<InputStream> in = Optional.empty();
    private Optional<OutputStream> out = Optional.empty();
    private Optional<Principal> principal = Optional.empty();
    private Credentials credentials = Credentials.none();
    private int maxMessageBytes = 10 << 20;
    private Duration drainTimeout = Duration.ofSeconds(1);

    StdioServerBuilder(DevMesh mesh) {
        this.mesh = Objects.requireNonNull(mesh, "mesh");
    }

    /**
     * The streams to serve; those of the process unless told otherwise. The server does not close them. It reads and writes on
     * threads of its own, which it interrupts when it ends: a stream that minds interrupts may be closed by that.
     */
    public StdioServerBuilder streams(InputStream input, OutputStream output) {
        this.in = Optional.of(input);
        this.out = Optional.of(output);
        return this;
    }

    /** Who is at the other end, where the program knows that by itself. Instead of {@link #credentials}. */
    public StdioServerBuilder principal(Principal caller) {
        this.principal = Optional.of(caller);
        return this;
    }

    /**
     * What shows the mesh who is at the other end; looked at once, by {@link #start()}. Nothing unless told otherwise, which
     * is right for a mesh that asks nobody for a credential.
     */
    public StdioServerBuilder credentials(Credentials shown) {
        this.credentials = Objects.requireNonNull(shown, "shown");
        return this;
    }

    /** The longest line taken, 1 byte to 1 GiB; 10 MiB unless told otherwise. A longer one is skipped, and answered with an error. */
    public StdioServerBuilder maxMessageBytes(int bytes) {
        this.maxMessageBytes = bytes;
        return this;
    }

    /**
     * How long requests under way may go on when the input has ended, or the server is closed, before they are cancelled; 1 s unless
     * told otherwise, zero for not at all.
     */
    public StdioServerBuilder drainTimeout(Duration longest) {
        this.drainTimeout = Objects.requireNonNull(longest, "longest");
        return this;
    }

    /**
     * Begins to serve, and starts the mesh unless it runs already. The server that started a mesh closes it, too.
     *
     * @return the open server, which its caller closes
     * @throws MeshException naming every problem of the settings, or why the mesh does not know who is at the other end;
     *     nothing is left open
     */
    public StdioServer start() {
        check();
        return StdioServer.open(mesh, principal.orElseGet(this::authenticate), in, out, maxMessageBytes, drainTimeout);
    }

    /**
     * Serves until the input ends, the other side no longer reads or the mesh is closed, and closes what it opened.
     *
     * @throws MeshException as {@link #start()} does
     * @throws InterruptedException if the calling thread is interrupted, which ends the server as well
     */
    public void run() throws InterruptedException {
        try (StdioServer server = start()) {
            server.awaitEnd();
        }
    }

    private void check() {
        List<String> problems = new ArrayList<>();
        if (maxMessageBytes < 1 || maxMessageBytes > LARGEST_MESSAGE) {
            problems.add("maxMessageBytes must be 1 to " + LARGEST_MESSAGE + ", is " + maxMessageBytes);
        }
        if (drainTimeout.isNegative()) {
            problems.add("drainTimeout must not be negative, is " + drainTimeout);
        }
        if (principal.isPresent() && !credentials.isEmpty()) {
            problems.add("principal and credentials are both given; give one of them");
        }
        if (!problems.isEmpty()) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    problems.size() == 1
                            ? "StdioServer cannot start: " + problems.get(0) + "."
                            : "StdioServer cannot start: " + problems.size() + " problems: "
                                    + String.join("; ", problems) + ".",
                    "");
        }
    }

    private Principal authenticate() {
        try {
            return mesh.authenticate(credentials);
        } catch (MeshException refused) {
            if (!credentials.isEmpty()) {
                throw refused;
            }
            throw new MeshException(
                    refused.code(),
                    "StdioServer cannot start: this mesh asks who is calling, and nobody was named.",
                    "Name them with principal(...), or show a key with credentials(...).",
                    null,
                    refused);
        }
    }
}
