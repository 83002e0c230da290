package dev.devmesh;

import dev.devmesh.task.TaskLimits;
import java.time.Duration;
import java.util.Objects;

/**
 * The numbers that keep a mesh within bounds.
 *
 * <p>Immutable. Start from {@link #defaults()} and change what differs. What is said of tools holds for prompts, resources
 * and resource templates alike.
 *
 * @param toolTimeout how long a tool call may take unless the tool says otherwise; 30 s
 * @param maxToolTimeout the longest that any tool may ask for; 300 s
 * @param toolConcurrency how many calls of one tool may run at once unless the tool says otherwise; 256
 * @param toolOutputBytes how many bytes of JSON one result may hold; 1 MiB
 * @param inFlightPerKey how many requests of one credential may be under way at once; 256
 * @param pageSize how many entries a listing page holds; 1,000
 * @param subscriptionsPerKey how many times one credential may listen at once; 100
 * @param namesPerSubscription how many resources and tasks one listen may name; 1,000
 * @param blockingCalls how many blocking handlers, requests included that wait before they reach one, may run at once in the whole
 *     mesh; 4,096, and never more than {@value dev.devmesh.call.HandlerThreads#POOL_SIZE} on Java 17 to 20; one tool gets at most
 *     half of them
 * @param requestTimeout how long a REST request may take that is no tool call; 30 s
 * @param tasks the numbers of tasks; see there
 */
public record Limits(
        Duration toolTimeout,
        Duration maxToolTimeout,
        int toolConcurrency,
        int toolOutputBytes,
        int inFlightPerKey,
        int pageSize,
        int subscriptionsPerKey,
        int namesPerSubscription,
        int blockingCalls,
        Duration requestTimeout,
        TaskLimits tasks) {

    private static final Limits DEFAULTS = new Limits(
            Duration.ofSeconds(30),
            Duration.ofSeconds(300),
            256,
            1 << 20,
            256,
            1_000,
            100,
            1_000,
            4_096,
            Duration.ofSeconds(30),
            TaskLimits.defaults());

    /** Checks that each number is at least 1 and that the timeouts fit each other. */
    public Limits {
        atLeastOne(
                "toolTimeout",
                Objects.requireNonNull(toolTimeout, "toolTimeout").toMillis());
        atLeastOne(
                "maxToolTimeout",
                Objects.requireNonNull(maxToolTimeout, "maxToolTimeout").toMillis());
        atLeastOne("toolConcurrency", toolConcurrency);
        atLeastOne("toolOutputBytes", toolOutputBytes);
        atLeastOne("inFlightPerKey", inFlightPerKey);
        atLeastOne("pageSize", pageSize);
        atLeastOne("subscriptionsPerKey", subscriptionsPerKey);
        atLeastOne("namesPerSubscription", namesPerSubscription);
        atLeastOne("blockingCalls", blockingCalls);
        atLeastOne(
                "requestTimeout",
                Objects.requireNonNull(requestTimeout, "requestTimeout").toMillis());
        Objects.requireNonNull(tasks, "tasks");
        if (toolTimeout.compareTo(maxToolTimeout) > 0) {
            throw new IllegalArgumentException(
                    "toolTimeout " + toolTimeout + " is longer than maxToolTimeout " + maxToolTimeout);
        }
    }

    /** The defaults named above. */
    public static Limits defaults() {
        return DEFAULTS;
    }

    /** These limits with other timeouts. */
    public Limits withToolTimeouts(Duration timeout, Duration longest) {
        return new Limits(
                timeout,
                longest,
                toolConcurrency,
                toolOutputBytes,
                inFlightPerKey,
                pageSize,
                subscriptionsPerKey,
                namesPerSubscription,
                blockingCalls,
                requestTimeout,
                tasks);
    }

    /** These limits with another concurrency of each tool. */
    public Limits withToolConcurrency(int calls) {
        return new Limits(
                toolTimeout,
                maxToolTimeout,
                calls,
                toolOutputBytes,
                inFlightPerKey,
                pageSize,
                subscriptionsPerKey,
                namesPerSubscription,
                blockingCalls,
                requestTimeout,
                tasks);
    }

    /** These limits with another size of a result. */
    public Limits withToolOutputBytes(int bytes) {
        return new Limits(
                toolTimeout,
                maxToolTimeout,
                toolConcurrency,
                bytes,
                inFlightPerKey,
                pageSize,
                subscriptionsPerKey,
                namesPerSubscription,
                blockingCalls,
                requestTimeout,
                tasks);
    }

    /** These limits with another number of requests under way for each credential. */
    public Limits withInFlightPerKey(int requests) {
        return new Limits(
                toolTimeout,
                maxToolTimeout,
                toolConcurrency,
                toolOutputBytes,
                requests,
                pageSize,
                subscriptionsPerKey,
                namesPerSubscription,
                blockingCalls,
                requestTimeout,
                tasks);
    }

    /** These limits with another page size. */
    public Limits withPageSize(int entries) {
        return new Limits(
                toolTimeout,
                maxToolTimeout,
                toolConcurrency,
                toolOutputBytes,
                inFlightPerKey,
                entries,
                subscriptionsPerKey,
                namesPerSubscription,
                blockingCalls,
                requestTimeout,
                tasks);
    }

    /** These limits with another number of listens for each credential. */
    public Limits withSubscriptionsPerKey(int listens) {
        return new Limits(
                toolTimeout,
                maxToolTimeout,
                toolConcurrency,
                toolOutputBytes,
                inFlightPerKey,
                pageSize,
                listens,
                namesPerSubscription,
                blockingCalls,
                requestTimeout,
                tasks);
    }

    /** These limits with another number of resources and tasks that one listen may name. */
    public Limits withNamesPerSubscription(int names) {
        return new Limits(
                toolTimeout,
                maxToolTimeout,
                toolConcurrency,
                toolOutputBytes,
                inFlightPerKey,
                pageSize,
                subscriptionsPerKey,
                names,
                blockingCalls,
                requestTimeout,
                tasks);
    }

    /** These limits with another number of blocking handlers at once. */
    public Limits withBlockingCalls(int calls) {
        return new Limits(
                toolTimeout,
                maxToolTimeout,
                toolConcurrency,
                toolOutputBytes,
                inFlightPerKey,
                pageSize,
                subscriptionsPerKey,
                namesPerSubscription,
                calls,
                requestTimeout,
                tasks);
    }

    /** These limits with another time for REST requests that are no tool calls. */
    public Limits withRequestTimeout(Duration timeout) {
        return new Limits(
                toolTimeout,
                maxToolTimeout,
                toolConcurrency,
                toolOutputBytes,
                inFlightPerKey,
                pageSize,
                subscriptionsPerKey,
                namesPerSubscription,
                blockingCalls,
                timeout,
                tasks);
    }

    /** These limits with other numbers of tasks. */
    public Limits withTasks(TaskLimits numbers) {
        return new Limits(
                toolTimeout,
                maxToolTimeout,
                toolConcurrency,
                toolOutputBytes,
                inFlightPerKey,
                pageSize,
                subscriptionsPerKey,
                namesPerSubscription,
                blockingCalls,
                requestTimeout,
                numbers);
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, is " + value);
        }
    }
}
