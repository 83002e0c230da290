package dev.devmesh.queue;

/**
 * The long part of a job, done before and outside any unit of work, so that no database connection is held meanwhile.
 * It happens at least once; what it returns is recorded exactly once by a {@link JobEffect}.
 *
 * <p>Must be safe for use by many threads.
 *
 * @param <R> what it finds out
 */
@FunctionalInterface
public interface JobWork<R> {

    /** Works on the job. Throwing has the same meaning as in {@link JobHandler#handle}. */
    R perform(Job job) throws Exception;
}
