package dev.devmesh.task;

import java.time.Duration;

/**
 * The numbers that keep tasks within bounds.
 *
 * <p>Immutable. Start from {@link #defaults()} and change what differs.
 *
 * @param life how long a task is kept from its creation on, finished or not; 1 h, at least 1 s and at most 7 days
 * @param pollInterval how often clients are asked to look, at most; 500 ms, at least 1 ms and at most 1 h
 * @param openPerCredential how many unfinished tasks one credential may have; 1,000
 * @param inputBytes how many bytes of JSON the arguments and the answers of one task may have together; 1 MiB
 * @param concurrency how many tasks one process works on at once; 64
 */
public record TaskLimits(Duration life, Duration pollInterval, int openPerCredential, int inputBytes, int concurrency) {

    private static final Duration SHORTEST_LIFE = Duration.ofSeconds(1);
    private static final Duration LONGEST_LIFE = Duration.ofDays(7);
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(1);
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);
    private static final TaskLimits DEFAULTS =
            new TaskLimits(Duration.ofHours(1), Duration.ofMillis(500), 1_000, 1 << 20, 64);

    /** Checks the ranges. */
    public TaskLimits {
        within("life", life, SHORTEST_LIFE, LONGEST_LIFE);
        within("pollInterval", pollInterval, SHORTEST_INTERVAL, LONGEST_INTERVAL);
        atLeastOne("openPerCredential", openPerCredential);
        atLeastOne("inputBytes", inputBytes);
        atLeastOne("concurrency", concurrency);
    }

    /** The defaults named above. */
    public static TaskLimits defaults() {
        return DEFAULTS;
    }

    /** These limits with another life. */
    public TaskLimits withLife(Duration time) {
        return new TaskLimits(time, pollInterval, openPerCredential, inputBytes, concurrency);
    }

    /** These limits with another interval between two looks. */
    public TaskLimits withPollInterval(Duration time) {
        return new TaskLimits(life, time, openPerCredential, inputBytes, concurrency);
    }

    /** These limits with another number of unfinished tasks for each credential. */
    public TaskLimits withOpenPerCredential(int tasks) {
        return new TaskLimits(life, pollInterval, tasks, inputBytes, concurrency);
    }

    /** These limits with another size of arguments and answers. */
    public TaskLimits withInputBytes(int bytes) {
        return new TaskLimits(life, pollInterval, openPerCredential, bytes, concurrency);
    }

    /** These limits with another number of tasks at once. */
    public TaskLimits withConcurrency(int tasks) {
        return new TaskLimits(life, pollInterval, openPerCredential, inputBytes, tasks);
    }

    private static void within(String name, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + " must be from " + least + " to " + most + ", is " + value);
        }
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, is " + value);
        }
    }
}
