package dev.devmesh.call;

import dev.devmesh.Limits;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a handler asks for where the mesh's defaults are not right for it.
 *
 * <p>Immutable.
 *
 * @param mode on which thread it runs
 * @param timeout how long a call may take, or empty for the mesh's default
 * @param concurrency how many calls may run at once, or empty for the mesh's default
 */
public record HandlerSettings(ExecutionMode mode, Optional<Duration> timeout, OptionalInt concurrency) {

    private static final HandlerSettings DEFAULTS =
            new HandlerSettings(ExecutionMode.BLOCKING, Optional.empty(), OptionalInt.empty());

    /** Checks that what is asked for is more than nothing. */
    public HandlerSettings {
        Objects.requireNonNull(mode, "mode");
        timeout.ifPresent(longest -> {
            if (longest.isNegative() || longest.isZero()) {
                throw new IllegalArgumentException("its timeout must be longer than zero, is " + longest);
            }
        });
        concurrency.ifPresent(calls -> {
            if (calls < 1) {
                throw new IllegalArgumentException("its concurrency must be at least 1, is " + calls);
            }
        });
    }

    /** A handler that may wait, within the mesh's defaults. */
    public static HandlerSettings defaults() {
        return DEFAULTS;
    }

    /** These settings for a handler that never waits. */
    public HandlerSettings nonBlocking() {
        return new HandlerSettings(ExecutionMode.NON_BLOCKING, timeout, concurrency);
    }

    /** These settings with another timeout. */
    public HandlerSettings timeout(Duration longest) {
        return new HandlerSettings(mode, Optional.of(longest), concurrency);
    }

    /** These settings with another number of calls at once. */
    public HandlerSettings concurrency(int calls) {
        return new HandlerSettings(mode, timeout, OptionalInt.of(calls));
    }

    /**
     * The permits of a handler with these settings.
     *
     * @param what begins the sentence of the refusal, for example {@code Tool 'deploy'}
     * @throws IllegalArgumentException if it asks for more time than the mesh allows
     */
    public Permits permits(String what, Limits limits) {
        timeout.ifPresent(longest -> {
            if (longest.compareTo(limits.maxToolTimeout()) > 0) {
                throw new IllegalArgumentException(what + ": its timeout " + longest
                        + " is longer than the mesh allows (maxToolTimeout " + limits.maxToolTimeout() + ")");
            }
        });
        int wanted = concurrency.orElse(limits.toolConcurrency());
        int half = Math.max(
                1,
                HandlerThreads.capacity(limits.blockingCalls()) / 2); // so that one stuck tool leaves room for others
        return new Permits(mode == ExecutionMode.BLOCKING ? Math.min(wanted, half) : wanted);
    }

    /** How a handler with these settings is run. */
    public CallPolicy policy(CallPolicy.Kind kind, Limits limits, Permits permits) {
        return new CallPolicy(kind, mode, timeout.orElse(limits.toolTimeout()), permits);
    }
}
