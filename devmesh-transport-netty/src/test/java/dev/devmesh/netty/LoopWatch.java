package dev.devmesh.netty;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.netty.util.concurrent.ThreadProperties;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Asks every event loop of a server, a hundred times a second, to come to a small piece of work. While that waits, the time counts in which
 * the loop's thread computes or waits for something else than the network: what a handler costs every other connection. The
 * time in which the machine had no processor for it does not count, so a busy machine fails no test.
 *
 * <p>The system property {@code devmesh.loop-lag-ms} says how much is too much. RELIABILITY.md says 50 ms; the default is 100, because the
 * first requests of a test also load classes.
 */
final class LoopWatch implements AutoCloseable {

    private static final long LONGEST_MILLIS = Long.getLong("devmesh.loop-lag-ms", 100);
    private static final long STEP_MILLIS = 5;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final List<String> heldUp = new CopyOnWriteArrayList<>();
    private final List<SingleThreadEventExecutor> loops = new ArrayList<>();
    private final Thread asker = new Thread(this::ask, "loop-watch");
    private volatile boolean closed;

    private LoopWatch(MeshServer server) {
        for (EventExecutor loop : server.eventLoops()) {
            loops.add((SingleThreadEventExecutor) loop);
        }
        asker.setDaemon(true);
    }

    static LoopWatch of(MeshServer server) {
        LoopWatch watch = new LoopWatch(server);
        watch.loops.forEach(SingleThreadEventExecutor::threadProperties); // starts the thread, and waits for it
        watch.asker.start();
        return watch;
    }

    /** What took too long, with what the loop did meanwhile. */
    List<String> heldUp() {
        return heldUp;
    }

    private void ask() {
        while (!closed) {
            loops.forEach(this::askOnce);
            pause();
        }
    }

    private void askOnce(SingleThreadEventExecutor loop) {
        ThreadProperties thread = loop.threadProperties();
        AtomicBoolean answered = new AtomicBoolean();
        long before = THREADS.getThreadCpuTime(thread.id());
        long waited = 0;
        loop.execute(() -> answered.set(true));
        while (!closed && !answered.get()) {
            pause();
            waited += thread.state() == Thread.State.RUNNABLE ? 0 : STEP_MILLIS;
            long computed = TimeUnit.NANOSECONDS.toMillis(THREADS.getThreadCpuTime(thread.id()) - before);
            if (!answered.get() && computed + waited > LONGEST_MILLIS) {
                heldUp.add(thread.name() + " computed for " + computed + " ms and waited for " + waited
                        + " ms, last in " + Arrays.toString(thread.stackTrace()));
                return;
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(STEP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
