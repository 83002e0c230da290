package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.client.McpTransport;
import dev.devmesh.json.Json;
import dev.devmesh.mcp.McpConnection;
import dev.devmesh.mcp.McpEvent;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/** Joins a client with the engine of a mesh by method calls: a connection both ways without sockets. */
final class EngineTransport implements McpTransport {

    private final DevMesh mesh;

    EngineTransport(DevMesh mesh) {
        this.mesh = mesh;
    }

    @Override
    public String server() {
        return "the mesh in this JVM";
    }

    @Override
    public Connection open(Receiver receiver, int maxMessageBytes) {
        ExecutorService up = Executors.newSingleThreadExecutor();
        ExecutorService down = Executors.newSingleThreadExecutor();
        AtomicReference<McpConnection> engine = new AtomicReference<>();
        Runnable wake = () -> {
            try {
                down.execute(() -> drain(engine.get(), receiver));
            } catch (RejectedExecutionException e) {
                return; // closed
            }
        };
        engine.set(mesh.mcp().connect(Principal.anonymous(), wake));
        return new Connection() {
            @Override
            public void send(byte[] message) throws IOException {
                try {
                    up.execute(() -> engine.get().receive(message, 0, message.length));
                } catch (RejectedExecutionException e) {
                    throw new IOException("closed", e);
                }
            }

            @Override
            public void close() {
                up.shutdown();
                engine.get().disconnected("the client left");
                down.shutdown();
            }
        };
    }

    private static void drain(McpConnection engine, McpTransport.Receiver receiver) {
        for (Optional<McpEvent> event = engine.next(); event.isPresent(); event = engine.next()) {
            event.get().message().ifPresent(message -> receiver.received(Json.bytes(message)));
        }
    }
}
