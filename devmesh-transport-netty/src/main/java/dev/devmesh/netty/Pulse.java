package dev.devmesh.netty;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out that the other end of a quiet connection is gone: asks for a sign of life, and waits for any. While nothing is
 * read from the connection nothing can be heard, so that time does not count. Confined to the event loop.
 */
final class Pulse {

    /** What is done to the connection. */
    interface Patient {

        /** Whether anything it sends would be heard. */
        boolean isHeard();

        /** Asks for a sign of life. */
        void ping();

        /** There was none. */
        void dead();
    }

    private final EventLoop loop;
    private final long interval;
    private final long timeout;
    private final Patient patient;
    private @Nullable ScheduledFuture<?> timer;
    private long lastHeard;
    private long pinged;
    private boolean asked;

    Pulse(EventLoop loop, Duration interval, Duration timeout, Patient patient) {
        this.loop = loop;
        this.interval = interval.toNanos();
        this.timeout = timeout.toNanos();
        this.patient = patient;
    }

    void start() {
        heard();
        next(interval);
    }

    /** There was a sign of life. */
    void heard() {
        lastHeard = System.nanoTime();
        asked = false;
    }

    void stop() {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void next(long nanos) {
        timer = loop.schedule(this::check, nanos, TimeUnit.NANOSECONDS);
    }

    private void check() {
        if (!patient.isHeard()) {
            heard();
        }
        long now = System.nanoTime();
        long left = asked ? pinged + timeout - now : lastHeard + interval - now;
        if (left > 0) {
            next(left);
        } else if (asked) {
            patient.dead();
        } else {
            asked = true;
            pinged = now;
            patient.ping();
            next(timeout);
        }
    }
}
