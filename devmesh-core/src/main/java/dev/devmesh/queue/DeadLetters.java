package dev.devmesh.queue;

import dev.devmesh.auth.Tenant;
import java.util.List;
import java.util.Optional;

/**
 * The jobs of one queue that were given up. A view: it always shows the present.
 *
 * <p>Safe for use by many threads.
 */
public interface DeadLetters {

    /**
     * The latest, newest first.
     *
     * @param max at least 1
     */
    List<DeadLetter> list(int max);

    /** The dead letter of this job. */
    Optional<DeadLetter> find(String jobId);

    /**
     * Makes the job ready at once, with its attempts and errors forgotten.
     *
     * @return false if there is no such dead letter
     * @throws dev.devmesh.MeshException with {@code OVERLOADED} if the queue is full
     */
    boolean replay(String jobId);

    /**
     * Forgets the job.
     *
     * @return false if there is no such dead letter
     */
    boolean drop(String jobId);

    /**
     * Those of this tenant only: another tenant's can be neither seen nor touched through the answer.
     *
     * @throws IllegalArgumentException if these are another tenant's already
     */
    DeadLetters ofTenant(Tenant tenant);
}
