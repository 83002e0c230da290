package dev.devmesh.postgres;

import dev.devmesh.event.LogTrace;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Who holds a connection, and since when; logs who holds one for too long, with what it is doing.
 *
 * <p>Safe for use by many threads. {@link #close()} ends its thread.
 */
final class Holders {

    private static final Logger LOG = LoggerFactory.getLogger(Holders.class);

    private final Set<Holder> holders = ConcurrentHashMap.newKeySet();
    private final Duration tooLong;
    private final @Nullable ScheduledExecutorService watch;

    Holders(Duration tooLong) {
        this.tooLong = tooLong;
        if (tooLong.isZero()) {
            watch = null;
        } else {
            watch = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "devmesh-postgres-watch");
                thread.setDaemon(true);
                return thread;
            });
            long period = Math.max(1, Math.min(1_000, tooLong.toMillis() / 4));
            watch.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
        }
    }

    /** A thread's hold of one connection; its identity is what counts. */
    static final class Holder {

        private final Thread thread = Thread.currentThread();
        private final @Nullable String trace = MDC.get(LogTrace.KEY);
        private final @Nullable String doing = MDC.get(LogTrace.DOING);
        private final long since = System.nanoTime();
        private boolean told;

        private Duration age() {
            return Duration.ofNanos(System.nanoTime() - since);
        }

        @Override
        public String toString() {
            return (doing == null ? "" : doing + ", ")
                    + "thread " + thread.getName()
                    + (trace == null ? "" : ", trace " + trace);
        }
    }

    /** The calling thread has a connection from now on. */
    Holder begin() {
        Holder holder = new Holder();
        holders.add(holder);
        return holder;
    }

    void end(Holder holder) {
        holders.remove(holder);
    }

    int count() {
        return holders.size();
    }

    /** Who has held its connection longest, in words; logs what it is doing. */
    Optional<String> longest() {
        return holders.stream().max(Comparator.comparing(Holder::age)).map(holder -> {
            LOG.warn("PostgreSQL: {} has held a connection for {}; it is at", holder, holder.age(), at(holder));
            return holder.age().toMillis() + " ms by " + holder;
        });
    }

    void close() {
        if (watch != null) {
            watch.shutdownNow();
        }
    }

    private void look() {
        for (Holder holder : holders) {
            if (!holder.told && holder.age().compareTo(tooLong) >= 0) {
                holder.told = true;
                LOG.warn(
                        "PostgreSQL: {} has held a connection for {}, longer than database.leak_detection; it is at",
                        holder,
                        holder.age(),
                        at(holder));
            }
        }
    }

    /** A unit of work never leaves the thread that acquired its connection: so its stack shows the whole way there. */
    private static Throwable at(Holder holder) {
        Throwable at = new Throwable("where " + holder + " is");
        at.setStackTrace(holder.thread.getStackTrace());
        return at;
    }
}
