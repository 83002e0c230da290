package dev.devmesh.netty;

import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Asks every event loop of a server, a hundred times a second, how long it takes to come to a small piece of work. A loop that takes much
 * longer than an idle thread asked at the same moment was held up by a handler: that thread takes out what the machine, the
 * collector and the compiler cost.
 *
 * <p>The system property {@code devmesh.loop-lag-ms} says how much longer; 50 ms is what a loop may take, and the default of 150 leaves room
 * for a machine with two cores that other builds use, too.
 */
final class LoopWatch implements AutoCloseable {

    private static final long LONGEST_MILLIS = Long.getLong("devmesh.loop-lag-ms", 150);

    private final List<String> heldUp = new CopyOnWriteArrayList<>();
    private final ExecutorService idle = Executors.newSingleThreadExecutor();
    private final List<EventExecutor> loops = new ArrayList<>();
    private final Thread asker = new Thread(this::ask, "loop-watch");
    private volatile boolean closed;

    private LoopWatch(MeshServer server) {
        server.eventLoops().forEach(loops::add);
        asker.setDaemon(true);
    }

    static LoopWatch of(MeshServer server) {
        LoopWatch watch = new LoopWatch(server);
        watch.asker.start();
        return watch;
    }

    /** What took too long, with what the loop did meanwhile. */
    List<String> heldUp() {
        return heldUp;
    }

    private void ask() {
        while (!closed) {
            for (EventExecutor loop : loops) {
                askOnce(loop);
            }
            pause();
        }
    }

    private void askOnce(EventExecutor loop) {
        AtomicLong answered = new AtomicLong();
        AtomicLong idled = new AtomicLong();
        long asked = System.nanoTime();
        idle.execute(() -> idled.set(System.nanoTime()));
        loop.execute(() -> answered.set(System.nanoTime()));
        while (!closed && (answered.get() == 0 || idled.get() == 0)) {
            pause();
            if (answered.get() == 0 && System.nanoTime() - asked > TimeUnit.SECONDS.toNanos(10)) {
                heldUp.add(loop + " did not come to its work within 10 s");
                return;
            }
        }
        long more = TimeUnit.NANOSECONDS.toMillis(answered.get() - Math.max(asked, idled.get()));
        if (!closed && more > LONGEST_MILLIS) {
            heldUp.add(loop + " was held up for " + more + " ms");
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        idle.shutdown();
    }
}
