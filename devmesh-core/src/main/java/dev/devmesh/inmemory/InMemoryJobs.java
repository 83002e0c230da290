package dev.devmesh.inmemory;

import dev.devmesh.inmemory.StoredJob.State;
import dev.devmesh.inmemory.Tables.Named;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.Ids;
import dev.devmesh.store.JobState;
import dev.devmesh.store.JobStore;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class InMemoryJobs implements JobStore {

    private final UnitOfWork unit;
    private final Clock clock;

    InMemoryJobs(UnitOfWork unit, Clock clock) {
        this.unit = unit;
        this.clock = clock;
    }

    @Override
    public Job enqueue(NewJob job) {
        Tables tables = unit.write();
        if (!job.dedupeKey().isEmpty()) {
            String live = tables.liveJobsByName.get(new Named(unit.tenant().id(), job.queue(), job.dedupeKey()));
            if (live != null) {
                return Objects.requireNonNull(tables.jobs.get(live)).job();
            }
        }
        Instant now = now();
        Job recorded = new Job(
                Ids.next("job_"),
                unit.tenant(),
                job.queue(),
                job.type(),
                job.payload().deepCopy(),
                0,
                now,
                now.plus(job.delay()));
        tables.insertJob(recorded, job.dedupeKey());
        unit.jobEnqueued();
        return recorded;
    }

    @Override
    public Optional<Job> find(String jobId) {
        return Optional.ofNullable(mine(unit.read(), jobId)).map(StoredJob::job);
    }

    @Override
    public Optional<JobState> state(String jobId) {
        return Optional.ofNullable(mine(unit.read(), jobId)).map(row -> switch (row.state()) {
            case LIVE -> JobState.LIVE;
            case DONE -> JobState.DONE;
            case DEAD -> JobState.DEAD;
        });
    }

    @Override
    public boolean claim(String jobId, long leaseToken) {
        if (leaseToken < 1) {
            throw new IllegalArgumentException("a lease token must be at least 1, is " + leaseToken);
        }
        Tables tables = unit.write();
        StoredJob row = mine(tables, jobId);
        if (row == null || row.state() != State.LIVE || row.token() > leaseToken) {
            return false;
        }
        if (row.token() < leaseToken) {
            tables.putJob(row, row.claimed(leaseToken));
        }
        return true;
    }

    @Override
    public boolean release(String jobId, long leaseToken) {
        Tables tables = unit.write();
        StoredJob row = mine(tables, jobId);
        if (row == null || !row.isHeldBy(leaseToken)) {
            return false;
        }
        if (row.job().attempt() > 0) {
            tables.putJob(row, row.released());
        }
        return true;
    }

    @Override
    public boolean complete(String jobId, long leaseToken) {
        Tables tables = unit.write();
        StoredJob row = mine(tables, jobId);
        if (row == null || !row.isHeldBy(leaseToken)) {
            return false;
        }
        tables.putJob(row, row.done(now()));
        return true;
    }

    @Override
    public boolean bury(String jobId, long leaseToken) {
        Tables tables = unit.write();
        StoredJob row = mine(tables, jobId);
        if (row == null || !row.isHeldBy(leaseToken)) {
            return false;
        }
        tables.putJob(row, row.dead());
        return true;
    }

    @Override
    public boolean revive(String jobId) {
        Tables tables = unit.write();
        StoredJob row = mine(tables, jobId);
        if (row == null || row.state() != State.DEAD) {
            return false;
        }
        if (!row.dedupeKey().isEmpty() && tables.liveJobsByName.get(row.dedupeName()) != null) {
            return false;
        }
        tables.putJob(row, row.revived());
        unit.jobEnqueued();
        return true;
    }

    private @Nullable StoredJob mine(Tables tables, String id) {
        StoredJob row = tables.jobs.get(id);
        return row != null && row.job().tenant().equals(unit.tenant()) ? row : null;
    }

    /** To the microsecond, as every store can keep it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
