package dev.devmesh.netty.testing;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Threads of a mesh that outlive it. */
final class ThreadLeaks {

    /** A thread that was told to end may need a moment for it. */
    private static final Duration MOMENT = Duration.ofSeconds(2);

    private final Set<Thread> before;

    private ThreadLeaks(Set<Thread> before) {
        this.before = before;
    }

    /** Takes no notice of the threads that run now. */
    static ThreadLeaks fromNowOn() {
        return new ThreadLeaks(Set.copyOf(Thread.getAllStackTraces().keySet()));
    }

    /** Fails if a thread of a mesh has begun since and does not end. */
    void assertNone() {
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

    private List<Thread> begun() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("devmesh-"))
                .filter(thread -> !before.contains(thread))
                .toList();
    }
}
