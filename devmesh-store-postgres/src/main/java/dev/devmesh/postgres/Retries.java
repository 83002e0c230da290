package dev.devmesh.postgres;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long the cluster bus waits before it tries again: longer each time, up to 2 s, and not as long as all others. The log has the
 * first failure and the end of them.
 *
 * <p>For one thread.
 */
final class Retries {

    private static final Logger LOG = LoggerFactory.getLogger(Retries.class);
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final String what;
    private int failures;

    /** @param what is being tried, as the log calls it */
    Retries(String what) {
        this.what = what;
    }

    void succeeded() {
        if (failures > 0) {
            LOG.info("PostgreSQL: the cluster bus {}s again", what);
            failures = 0;
        }
    }

    /** How long to wait now. */
    Duration failed(SQLException why) {
        failures++;
        if (failures == 1) {
            LOG.warn("PostgreSQL: the cluster bus cannot {}; trying on", what, why);
        } else {
            LOG.debug("PostgreSQL: the cluster bus still cannot {}", what, why);
        }
        long full = Math.min(FIRST.toMillis() << Math.min(failures - 1, 10), LONGEST.toMillis());
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(full / 2, full + 1));
    }
}
