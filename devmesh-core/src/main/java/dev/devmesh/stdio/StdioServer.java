package dev.devmesh.stdio;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.mcp.McpConnection;
import dev.devmesh.mcp.McpEngine;
import dev.devmesh.mcp.McpEvent;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mesh served over a pair of streams, which are those of the process unless told otherwise: one client, one message per
 * line, requests beside each other.
 *
 * <p>It ends with the input, with a client that no longer reads, with the mesh, or by {@link #close()}. Requests under way then have the
 * builder's {@code drainTimeout} to be answered, and are cancelled after it. While it serves the streams of the process, these
 * carry the protocol and nothing else: what a tool prints to {@code System.out} goes to standard error, and {@code System.in}
 * is empty.
 *
 * <p>Open from {@link StdioServerBuilder#start()} to {@link #close()}, also after it has ended. Its caller closes it. A server that
 * had to start its mesh closes the mesh too; a mesh that ran before is left running.
 *
 * <p>Safe for use by many threads.
 */
public final class StdioServer implements AutoCloseable {

    /** So many messages may wait for a client before it is no longer read. */
    private static final int MAX_BACKLOG = 64;

    private static final int UNFLUSHED_BYTES = 32 * 1024;

    /** A thread that was interrupted needs a moment to end; one in a read that knows no interrupts ends with the process. */
    private static final Duration MOMENT = Duration.ofMillis(200);

    private static final Logger LOG = LoggerFactory.getLogger(StdioServer.class);

    private final DevMesh mesh;
    private final LineReader lines;
    private final OutputStream out;
    private final Optional<StandardStreams> standard;
    private final Duration drainTimeout;
    private final McpConnection connection;
    private final JsonWritable tooLong;
    private final Thread reader = thread("devmesh-stdio-reader", this::read);
    private final Thread writer = thread("devmesh-stdio-writer", this::write);

    /** Lines above the limit that the client was not told of yet. */
    private final AtomicInteger tooLongLines = new AtomicInteger();

    private final AtomicBoolean ending = new AtomicBoolean();
    private final CountDownLatch written = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean startedMesh;
    private volatile boolean cutOff;

    private StdioServer(
            DevMesh mesh,
            Principal principal,
            InputStream in,
            OutputStream out,
            Optional<StandardStreams> standard,
            int maxMessageBytes,
            Duration drainTimeout) {
        this.mesh = mesh;
        this.lines = new LineReader(in, maxMessageBytes);
        this.out = new BufferedOutputStream(out, UNFLUSHED_BYTES);
        this.standard = standard;
        this.drainTimeout = drainTimeout;
        this.tooLong = McpEngine.refusal(new MeshException(
                ErrorCode.INVALID_REQUEST,
                "The line is longer than " + maxMessageBytes + " bytes and was not read.",
                "Send less in one message."));
        this.connection = mesh.mcp().connect(principal, this::wake);
    }

    /** Begins a server for this mesh, on the streams of the process unless told otherwise. Nothing is opened yet. */
    public static StdioServerBuilder of(DevMesh mesh) {
        return new StdioServerBuilder(mesh);
    }

    static StdioServer open(
            DevMesh mesh,
            Principal principal,
            Optional<InputStream> in,
            Optional<OutputStream> out,
            int maxMessageBytes,
            Duration drainTimeout) {
        Optional<StandardStreams> standard = in.isPresent() ? Optional.empty() : Optional.of(StandardStreams.take());
        boolean open = false;
        try {
            StdioServer server = new StdioServer(
                    mesh,
                    principal,
                    in.orElseGet(() -> standard.orElseThrow().in()),
                    out.orElseGet(() -> standard.orElseThrow().out()),
                    standard,
                    maxMessageBytes,
                    drainTimeout);
            server.start();
            open = true;
            return server;
        } finally {
            if (!open) {
                standard.ifPresent(StandardStreams::close);
            }
        }
    }

    private void start() {
        startedMesh = !mesh.isReady();
        mesh.start();
        writer.start();
        reader.start();
        LOG.info("mesh '{}' is served over stdio", mesh.name());
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** The mesh that is served. */
    public DevMesh mesh() {
        return mesh;
    }

    /** Waits for the end of the conversation, whatever ends it. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Whether the conversation is over. */
    public boolean hasEnded() {
        return ended.getCount() == 0;
    }

    private void wake() {
        LockSupport.unpark(writer);
    }

    private void read() {
        try {
            while (awaitRoom()) {
                switch (lines.next()) {
                    case LINE -> receive();
                    case TOO_LONG -> {
                        tooLongLines.incrementAndGet();
                        wake();
                    }
                    case END -> {
                        return;
                    }
                }
            }
        } catch (IOException unreadable) {
            LOG.debug("the input cannot be read any more", unreadable);
        } finally {
            end("the client ended the connection");
        }
    }

    /** Waits until the client has read enough of what waits for it; false when the conversation is ending. */
    private boolean awaitRoom() {
        while (!ending.get() && connection.backlog() + tooLongLines.get() >= MAX_BACKLOG) {
            LockSupport.park(this);
        }
        return !ending.get();
    }

    private void receive() {
        if (ending.get()) {
            return; // read too late
        }
        try {
            connection.receive(lines.buffer(), lines.offset(), lines.length());
        } catch (RuntimeException fault) {
            LOG.error("an MCP message could not be handled", fault);
        }
    }

    private void write() {
        String reason = "the server closes";
        try {
            while (!cutOff) {
                // Asked before: what came in between is taken out by the next round.
                boolean over = connection.isOver();
                Optional<JsonWritable> message = next();
                if (message.isPresent()) {
                    out.write(json(message.get()));
                    out.write('\n');
                    LockSupport.unpark(reader);
                    continue;
                }
                out.flush();
                if (over) {
                    break;
                }
                if (!connection.isOver()) {
                    LockSupport.park(this);
                }
            }
        } catch (IOException unwritable) {
            LOG.debug("the output cannot be written any more", unwritable);
            reason = "the client no longer reads";
        } finally {
            written.countDown();
            end(reason);
        }
    }

    private Optional<JsonWritable> next() {
        if (tooLongLines.get() > 0) {
            tooLongLines.decrementAndGet();
            return Optional.of(tooLong);
        }
        Optional<McpEvent> event = connection.next();
        while (event.isPresent() && event.get().message().isEmpty()) {
            event = connection.next();
        }
        return event.flatMap(McpEvent::message);
    }

    private static byte[] json(JsonWritable message) {
        try {
            return Json.bytes(message);
        } catch (RuntimeException fault) {
            LOG.error("a message could not be written as JSON", fault);
            return Json.bytes(
                    McpEngine.refusal(new MeshException(ErrorCode.MCP_PANIC, "Something went wrong here.", "")));
        }
    }

    /** Ends the conversation, on the thread that noticed first: a grace for what is under way, then no more. */
    private void end(String reason) {
        if (!ending.compareAndSet(false, true)) {
            return;
        }
        boolean interrupted = false;
        try {
            connection.finish();
            LockSupport.unpark(reader);
            interrupted = !awaitWritten();
        } finally {
            cutOff = true;
            connection.disconnected(reason);
            stop(writer);
            stop(reader);
            LOG.info("stdio has ended: {}", reason);
            ended.countDown();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** False if this thread was interrupted meanwhile. */
    private boolean awaitWritten() {
        try {
            written.await(drainTimeout.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static void stop(Thread thread) {
        if (thread != Thread.currentThread()) {
            thread.interrupt();
        }
    }

    /**
     * Takes nothing more, gives requests under way the builder's {@code drainTimeout} and cancels what is left, then closes the mesh if
     * this server started it. Its threads are gone when this returns, save one in a read that cannot be interrupted, as that
     * of {@code System.in}: such a thread does not keep the process alive. Does nothing more the second time, but waits until
     * the first is done.
     */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            await(closed);
            return;
        }
        try {
            end("the server closes");
            await(ended);
            join(reader);
            join(writer);
            if (startedMesh) {
                mesh.close();
            }
        } finally {
            standard.ifPresent(StandardStreams::close);
            closed.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void join(Thread thread) {
        try {
            if (thread != Thread.currentThread()) {
                thread.join(MOMENT.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
