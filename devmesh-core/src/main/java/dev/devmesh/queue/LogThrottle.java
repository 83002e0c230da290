package dev.devmesh.queue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** Keeps a fault that lasts from filling the log: one line in ten seconds, with the number of those left out. */
final class LogThrottle {

    private static final long EVERY = Duration.ofSeconds(10).toNanos();

    private final Logger log;
    private final AtomicLong next = new AtomicLong(System.nanoTime());
    private final AtomicLong leftOut = new AtomicLong();

    LogThrottle(Logger log) {
        this.log = log;
    }

    void warn(String sentence, Throwable cause) {
        long now = System.nanoTime();
        long due = next.get();
        if (now - due < 0 || !next.compareAndSet(due, now + EVERY)) {
            leftOut.incrementAndGet();
            return;
        }
        long before = leftOut.getAndSet(0);
        log.warn(before == 0 ? "{}" : "{} (and " + before + " times before)", sentence, cause);
    }
}
