package dev.devmesh.postgres;

import dev.devmesh.auth.Tenant;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.Ids;
import dev.devmesh.store.JobState;
import dev.devmesh.store.JobStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

final class PostgresJobs implements JobStore {

    private static final String SELECT =
            "SELECT id, tenant_id, queue, type, payload, attempt, created_at, run_at FROM jobs ";

    private final PostgresUnit unit;
    private final Clock clock;

    PostgresJobs(PostgresUnit unit, Clock clock) {
        this.unit = unit;
        this.clock = clock;
    }

    /** {@link dev.devmesh.store.SystemStore#jobsToDeliver}, for the system role. */
    static List<Job> toDeliver(Link link, Instant before, int max) {
        return link.list(
                SELECT + "WHERE state = 'live' AND delivered_at < ? ORDER BY delivered_at, number LIMIT ?",
                PostgresJobs::job,
                before,
                max);
    }

    /** {@link dev.devmesh.store.SystemStore#jobsDelivered}, for the system role. */
    static void delivered(Link link, Collection<String> ids, Instant when) {
        // In one order, so that two nodes that do this at once cannot wait for each other.
        link.change("""
                UPDATE jobs SET delivered_at = ?
                WHERE id IN (SELECT id FROM jobs
                             WHERE id = ANY (?) AND state = 'live' AND delivered_at < ?
                             ORDER BY id FOR NO KEY UPDATE)""", when, Rows.texts(ids), when);
    }

    @Override
    public Job enqueue(NewJob job) {
        Link link = unit.link();
        Instant now = now();
        Job recorded = new Job(
                Ids.next("job_"),
                unit.tenant(),
                job.queue(),
                job.type(),
                job.payload().deepCopy(),
                0,
                now,
                now.plus(job.delay()).truncatedTo(ChronoUnit.MICROS));
        // The job that is in the way may be done, and no longer in the way, before it can be read: then once more.
        while (true) {
            int inserted = link.change(
                    """
                    INSERT INTO jobs (id, tenant_id, queue, type, payload, dedupe_key, created_at, run_at)
                    VALUES (?, ?, ?, ?, ?::json, ?, ?, ?)
                    ON CONFLICT (tenant_id, queue, dedupe_key) WHERE state = 'live' AND dedupe_key <> '' DO NOTHING""",
                    recorded.id(),
                    unit.tenantId(),
                    job.queue(),
                    job.type(),
                    Rows.json(job.payload()),
                    job.dedupeKey(),
                    recorded.createdAt(),
                    recorded.runAt());
            if (inserted > 0) {
                unit.jobEnqueued();
                return recorded;
            }
            Optional<Job> live = link.find(
                    SELECT + "WHERE tenant_id = ? AND queue = ? AND dedupe_key = ? AND state = 'live'",
                    PostgresJobs::job,
                    unit.tenantId(),
                    job.queue(),
                    job.dedupeKey());
            if (live.isPresent()) {
                return live.get();
            }
        }
    }

    @Override
    public Optional<Job> find(String jobId) {
        return unit.link().find(SELECT + "WHERE tenant_id = ? AND id = ?", PostgresJobs::job, unit.tenantId(), jobId);
    }

    @Override
    public Optional<JobState> state(String jobId) {
        return unit.link()
                .find(
                        "SELECT state FROM jobs WHERE tenant_id = ? AND id = ?",
                        row -> switch (row.getString("state")) {
                            case "done" -> JobState.DONE;
                            case "dead" -> JobState.DEAD;
                            default -> JobState.LIVE;
                        },
                        unit.tenantId(),
                        jobId);
    }

    @Override
    public boolean claim(String jobId, long leaseToken) {
        if (leaseToken < 1) {
            throw new IllegalArgumentException("a lease token must be at least 1, is " + leaseToken);
        }
        return unit.link().change("""
                        UPDATE jobs
                        SET attempt = attempt + CASE WHEN lease_token < ? THEN 1 ELSE 0 END, lease_token = ?
                        WHERE tenant_id = ? AND id = ? AND state = 'live' AND lease_token <= ?""", leaseToken, leaseToken, unit.tenantId(), jobId, leaseToken) > 0;
    }

    @Override
    public boolean release(String jobId, long leaseToken) {
        return unit.link()
                        .change(
                                "UPDATE jobs SET attempt = greatest(attempt - 1, 0) " + HELD,
                                unit.tenantId(),
                                jobId,
                                leaseToken)
                > 0;
    }

    @Override
    public boolean complete(String jobId, long leaseToken) {
        return unit.link()
                        .change(
                                "UPDATE jobs SET state = 'done', done_at = ? " + HELD,
                                now(),
                                unit.tenantId(),
                                jobId,
                                leaseToken)
                > 0;
    }

    @Override
    public boolean bury(String jobId, long leaseToken) {
        return unit.link().change("UPDATE jobs SET state = 'dead' " + HELD, unit.tenantId(), jobId, leaseToken) > 0;
    }

    private static final String HELD =
            "WHERE tenant_id = ? AND id = ? AND state = 'live' AND lease_token > 0 AND lease_token = ?";

    @Override
    public boolean revive(String jobId) {
        Link.Attempt attempt = unit.link().attempt("""
                UPDATE jobs SET state = 'live', attempt = 0, delivered_at = '-infinity'
                WHERE tenant_id = ? AND id = ? AND state = 'dead'""", unit.tenantId(), jobId);
        boolean revived = attempt.changed() > 0;
        if (revived) {
            unit.jobEnqueued();
        }
        return revived;
    }

    /** To the microsecond, as the database keeps it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static Job job(ResultSet row) throws SQLException {
        return new Job(
                row.getString("id"),
                new Tenant(row.getString("tenant_id")),
                row.getString("queue"),
                row.getString("type"),
                Rows.json(row, "payload"),
                row.getInt("attempt"),
                Times.from(row, "created_at"),
                Times.from(row, "run_at"));
    }
}
