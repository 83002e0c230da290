package dev.devmesh;

import dev.devmesh.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes, now and then, what is past its time. */
final class Housekeeping implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final Duration KEEP_DONE_JOBS = Duration.ofDays(7);

    private final Store store;
    private final Clock clock;
    private final Duration auditRetention;
    private final Runnable also;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "devmesh-housekeeping");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param auditRetention how long the audit log is kept
     * @param also what is to be done beside the store
     */
    Housekeeping(Store store, Clock clock, Duration auditRetention, Runnable also) {
        this.store = store;
        this.clock = clock;
        this.auditRetention = auditRetention;
        this.also = also;
    }

    void start() {
        timer.scheduleWithFixedDelay(this::purge, EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    private void purge() {
        try {
            also.run();
            Instant now = clock.instant();
            int gone = store.system().purge(now, now.minus(KEEP_DONE_JOBS));
            int acts = store.system().purgeAudit(now.minus(auditRetention));
            LOG.debug(
                    "Housekeeping removed {} expired contexts, tasks, sessions, kept answers and tokens and finished jobs,"
                            + " and {} entries of the audit log",
                    gone,
                    acts);
        } catch (RuntimeException e) {
            LOG.warn("Housekeeping failed and will try again in {}", EVERY, e);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
