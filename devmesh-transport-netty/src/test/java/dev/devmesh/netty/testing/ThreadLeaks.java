package dev.devmesh.netty.testing;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Threads of meshes that outlive them. A thread does not say which mesh it belongs to, so it is looked for when the last of
 * those that ran at the same time has ended.
 */
final class ThreadLeaks {

    /** A thread that was told to end may need a moment for it. */
    private static final Duration MOMENT = Duration.ofSeconds(2);

    private static final ReentrantLock LOCK = new ReentrantLock();

    private static int running;
    private static Set<Thread> before = Set.of();

    private ThreadLeaks() {}

    /** Called before a mesh starts. Takes no notice of threads that began before the first of them. */
    static void meshStarts() {
        LOCK.lock();
        try {
            if (running++ == 0) {
                before = Set.copyOf(Thread.getAllStackTraces().keySet());
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** Called when a mesh is closed. Fails if it was the last and a thread is left of any. */
    static void meshEnded() {
        LOCK.lock();
        try {
            if (--running == 0) {
                assertNone();
            }
        } finally {
            LOCK.unlock();
        }
    }

    private static void assertNone() {
        long deadline = System.nanoTime() + MOMENT.toNanos();
        for (Thread thread : begun()) {
            try {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left > 0) {
                    thread.join(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        List<String> left = begun().stream().map(Thread::getName).sorted().toList();
        if (!left.isEmpty()) {
            throw new AssertionError("threads are left after the mesh was closed: " + left);
        }
    }

    private static List<Thread> begun() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("devmesh-"))
                .filter(thread -> !before.contains(thread))
                .toList();
    }
}
