package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The messages of one connection on their way to the engine: one at a time, in the order in which they came. A message
 * is handed over on the event loop, unless that may wait or the message is long.
 *
 * <p>Confined to the event loop. It does not refuse anything: who fills it asks first whether there is {@linkplain #hasRoom
 * room}.
 */
final class MessageQueue {

    /** A longer message is parsed elsewhere: other connections of the loop need not wait for it. */
    static final int LONG_MESSAGE_BYTES = 64 * 1024;

    private static final int MAX_WAITING = 16;
    private static final Duration NO_THREAD_PAUSE = Duration.ofMillis(50);

    private final DevMesh mesh;
    private final EventLoop loop;
    private final Consumer<TextMessage> receiver;
    private final Runnable whenTaken;
    private final ArrayDeque<TextMessage> waiting = new ArrayDeque<>(2);
    private long waitingBytes;
    private boolean busy;

    /**
     * @param receiver gets the messages, and must not throw
     * @param whenTaken told, on the loop, when there may be room again
     */
    MessageQueue(DevMesh mesh, EventLoop loop, Consumer<TextMessage> receiver, Runnable whenTaken) {
        this.mesh = mesh;
        this.loop = loop;
        this.receiver = receiver;
        this.whenTaken = whenTaken;
    }

    boolean hasRoom() {
        return waiting.size() < MAX_WAITING && waitingBytes <= LONG_MESSAGE_BYTES;
    }

    void add(TextMessage message) {
        if (!busy && waiting.isEmpty() && !mesh.isBlocking() && message.length() <= LONG_MESSAGE_BYTES) {
            receiver.accept(message);
            return;
        }
        waiting.add(message);
        waitingBytes += message.length();
        if (!busy) {
            handOn();
        }
    }

    /** Drops what waits. */
    void clear() {
        waiting.clear();
        waitingBytes = 0;
    }

    private void handOn() {
        if (waiting.isEmpty()) {
            return;
        }
        List<TextMessage> batch = List.copyOf(waiting);
        busy = true;
        try {
            mesh.threads().execute(() -> work(batch));
            clear();
        } catch (RejectedExecutionException full) {
            // The client notices by not being read, which is all that can be told it without reading its message.
            loop.schedule(this::done, NO_THREAD_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void work(List<TextMessage> batch) {
        batch.forEach(receiver);
        try {
            loop.execute(this::done);
        } catch (RejectedExecutionException closed) {
            // The server is closed, and the connection with it.
        }
    }

    private void done() {
        busy = false;
        handOn();
        whenTaken.run();
    }
}
