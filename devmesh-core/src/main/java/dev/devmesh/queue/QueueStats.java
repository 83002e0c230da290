package dev.devmesh.queue;

import java.time.Duration;

/**
 * How a queue stands.
 *
 * @param ready jobs that a worker could take now
 * @param delayed jobs whose time has not come
 * @param leased jobs that workers hold
 * @param dead jobs that were given up
 * @param oldestAge how long the first of the ready jobs has been due; zero when none is ready
 * @param paused whether no job is handed out until the queue is resumed
 */
public record QueueStats(long ready, long delayed, long leased, long dead, Duration oldestAge, boolean paused) {

    /** The figures of a queue that nobody has used. */
    public static final QueueStats EMPTY = new QueueStats(0, 0, 0, 0, Duration.ZERO, false);
}
