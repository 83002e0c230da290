package dev.devmesh.inmemory;

import dev.devmesh.queue.Job;
import java.time.Instant;

/**
 * A job with what only the store knows of it.
 *
 * @param number the place in the order in which jobs were recorded
 * @param token the lease token of the latest claim; 0 while there is none
 * @param deliveredAt when it was handed to the queue last; {@link Instant#MIN} while it never was
 * @param doneAt when it was done; {@link Instant#MIN} while it is not
 */
record StoredJob(
        Job job,
        String dedupeKey,
        long number,
        State state,
        long token,
        Instant deliveredAt,
        Instant doneAt,
        long size) {

    enum State {
        LIVE,
        DONE,
        DEAD
    }

    boolean isHeldBy(long leaseToken) {
        return state == State.LIVE && token > 0 && token == leaseToken;
    }

    Tables.Ticket ticket() {
        return new Tables.Ticket(deliveredAt, number);
    }

    Tables.Named dedupeName() {
        return new Tables.Named(job.tenant().id(), job.queue(), dedupeKey);
    }

    StoredJob claimed(long leaseToken) {
        return new StoredJob(
                withAttempt(job.attempt() + 1), dedupeKey, number, state, leaseToken, deliveredAt, doneAt, size);
    }

    /** The claim stands, so that a later one still needs a higher token; only its attempt is taken back. */
    StoredJob released() {
        return new StoredJob(
                withAttempt(job.attempt() - 1), dedupeKey, number, state, token, deliveredAt, doneAt, size);
    }

    StoredJob done(Instant when) {
        return new StoredJob(job, dedupeKey, number, State.DONE, token, deliveredAt, when, size);
    }

    StoredJob dead() {
        return new StoredJob(job, dedupeKey, number, State.DEAD, token, deliveredAt, doneAt, size);
    }

    /** Its attempts begin anew, or it would be buried again at its first failure. The token goes on. */
    StoredJob revived() {
        return new StoredJob(withAttempt(0), dedupeKey, number, State.LIVE, token, Instant.MIN, doneAt, size);
    }

    StoredJob delivered(Instant when) {
        return new StoredJob(job, dedupeKey, number, state, token, when, doneAt, size);
    }

    private Job withAttempt(int attempt) {
        return new Job(
                job.id(), job.tenant(), job.queue(), job.type(), job.payload(), attempt, job.createdAt(), job.runAt());
    }
}
