package dev.devmesh.netty;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Whether an event loop is asked for more than it can do. A loop works in rounds: it asks the system what there is to read, and
 * reads it all. A request that is read late in a round has waited since before the round began, so the age of the round is
 * time that requests wait, which nobody else can see. Rounds that are too long, one after the other, mean that waiting does
 * not help: what comes late in them is to be refused, which costs a fraction of serving it, and leaves time for the rest.
 *
 * <p>One long round is no overload: a pause of the machine makes one, and so does a cold start. Confined to its event loop.
 */
final class LoopLoad {

    /** For so long all that is read in a round is served. */
    static final Duration ROUND = Duration.ofMillis(100);

    /** So many more long rounds than short ones must there have been of late. */
    static final int LONG_ROUNDS = 3;

    /** Further ones do not count: so many short rounds end it all. */
    private static final int MOST_LONG_ROUNDS = 2 * LONG_ROUNDS;

    private final Executor loop;
    private final LongSupplier nanoTime;
    private boolean inRound;
    private long roundBegan;
    private int longRounds;

    /** @param loop runs what it is given when everything of the round is read */
    LoopLoad(Executor loop, LongSupplier nanoTime) {
        this.loop = loop;
        this.nanoTime = nanoTime;
    }

    /** Whether a request that was read just now is one too many. */
    boolean isTooMuch() {
        long now = nanoTime.getAsLong();
        if (!inRound) {
            inRound = true;
            roundBegan = now;
            loop.execute(this::endRound);
            return false;
        }
        return longRounds >= LONG_ROUNDS && now - roundBegan > ROUND.toNanos();
    }

    private void endRound() {
        inRound = false;
        boolean isLong = nanoTime.getAsLong() - roundBegan > ROUND.toNanos();
        longRounds = isLong ? Math.min(longRounds + 1, MOST_LONG_ROUNDS) : Math.max(longRounds - 1, 0);
    }
}
