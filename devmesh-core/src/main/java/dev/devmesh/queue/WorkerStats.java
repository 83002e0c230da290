package dev.devmesh.queue;

/**
 * What a worker has done since it was made.
 *
 * @param done attempts whose effects committed
 * @param failed attempts that failed, whether or not the job was given up then
 * @param postponed attempts that asked to come later
 * @param dead jobs given up
 * @param skipped deliveries of jobs that were done, dead or with another worker already
 * @param refused attempts whose effects were rolled back because another worker had taken the job meanwhile
 * @param inFlight jobs held now
 */
public record WorkerStats(
        long done, long failed, long postponed, long dead, long skipped, long refused, int inFlight) {}
