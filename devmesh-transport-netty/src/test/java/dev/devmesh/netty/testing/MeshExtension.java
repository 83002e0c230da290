package dev.devmesh.netty.testing;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.client.McpClient;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.tool.Tool;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A running mesh for tests: {@code @RegisterExtension static final MeshExtension mesh = MeshExtension.with(tool);}
 *
 * <p>It listens on a free port of the loopback address. In a static field it runs for all tests of the class, in any other
 * for each test anew. Afterwards it is closed, and the test fails if a connection, a thread or a buffer of it is left.
 * The buffers are watched by Netty's leak detector, which is set to look at each of them in this JVM.
 *
 * <p>Confined to the test that registers it; its client is safe for use by many threads.
 */
public final class MeshExtension implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {

    private static final Duration DRAIN = Duration.ofSeconds(5);

    static {
        BufferLeaks.watch();
    }

    private final Supplier<DevMesh> builder;
    private Optional<Running> running = Optional.empty();
    private boolean forAllTests;

    private record Running(MeshServer server, McpClient client, RawClient raw) {}

    private MeshExtension(Supplier<DevMesh> builder) {
        this.builder = builder;
    }

    /** A mesh of these tools that asks nobody for a credential. */
    public static MeshExtension with(Tool... tools) {
        List<Tool> all = List.of(tools);
        return new MeshExtension(() -> {
            DevMeshBuilder mesh = DevMesh.builder().name("test").version("1");
            all.forEach(mesh::tool);
            return mesh.build();
        });
    }

    /** The mesh of this builder, which builds one for each time that the extension starts. */
    public static MeshExtension with(DevMeshBuilder mesh) {
        return new MeshExtension(mesh::build);
    }

    /** The server, while a test runs. */
    public MeshServer server() {
        return running().server();
    }

    /** The mesh, while a test runs. */
    public DevMesh mesh() {
        return running().server().mesh();
    }

    /** A client of the server that shows no credential, while a test runs. The extension closes it. */
    public McpClient client() {
        return running().client();
    }

    /** The way to post to the server what no client would, while a test runs. */
    public RawClient raw() {
        return running().raw();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        forAllTests = true;
        start();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (!forAllTests) {
            start();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!forAllTests) {
            stop();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (forAllTests) {
            stop();
        }
    }

    private void start() {
        DevMesh mesh = builder.get();
        ThreadLeaks.meshStarts();
        boolean started = false;
        try {
            MeshServer server = MeshServer.of(mesh).port(0).drainTimeout(DRAIN).start();
            running =
                    Optional.of(new Running(server, McpClient.connect(server.mcpUri()), RawClient.of(server.mcpUri())));
            started = true;
        } finally {
            if (!started) {
                ThreadLeaks.meshEnded();
            }
        }
    }

    private void stop() {
        if (running.isEmpty()) {
            return; // it did not start, which has been reported
        }
        MeshServer server = server();
        client().close();
        running = Optional.empty();
        server.close();
        ThreadLeaks.meshEnded();
        if (server.connections() > 0) {
            throw new AssertionError(server.connections() + " connections are open after the server was closed");
        }
        BufferLeaks.assertNone();
    }

    private Running running() {
        return running.orElseThrow(() -> new IllegalStateException(
                "The mesh runs only while a test does; register the extension with @RegisterExtension."));
    }
}
