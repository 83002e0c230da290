package dev.devmesh.context;

import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How to compact a context: what stays as it is, and how long the summary of the rest may be. {@link Role#SYSTEM} and pinned
 * items always stay, and are not counted here.
 *
 * <p>Immutable. {@link Contexts#compact} checks the numbers.
 *
 * @param keepItems how many of the newest items stay at most. With neither number given, as many stay as half of the window
 *     ({@code maxTokens}) holds; in a context without a window 10
 * @param keepTokens how many tokens the newest items that stay hold at most
 * @param summaryTokens how many tokens the summary should have at most; if not given, a quarter of what it replaces, but at
 *     least 50 and at most 1,000
 */
public record Compaction(OptionalInt keepItems, OptionalLong keepTokens, OptionalInt summaryTokens) {

    static final int DEFAULT_KEPT_ITEMS = 10;
    static final int LEAST_SUMMARY = 50;
    static final int MOST_SUMMARY = 1_000;

    private static final Compaction STANDARD =
            new Compaction(OptionalInt.empty(), OptionalLong.empty(), OptionalInt.empty());

    /** Checks that nothing is missing. */
    public Compaction {
        Objects.requireNonNull(keepItems, "keepItems");
        Objects.requireNonNull(keepTokens, "keepTokens");
        Objects.requireNonNull(summaryTokens, "summaryTokens");
    }

    /** With the defaults named above. */
    public static Compaction standard() {
        return STANDARD;
    }

    /** This compaction, keeping at most so many of the newest items. */
    public Compaction keepItems(int items) {
        return new Compaction(OptionalInt.of(items), keepTokens, summaryTokens);
    }

    /** This compaction, keeping as many of the newest items as hold at most so many tokens. */
    public Compaction keepTokens(long tokens) {
        return new Compaction(keepItems, OptionalLong.of(tokens), summaryTokens);
    }

    /** This compaction, with a summary of at most so many tokens. */
    public Compaction summaryTokens(int tokens) {
        return new Compaction(keepItems, keepTokens, OptionalInt.of(tokens));
    }

    int itemsKept(Context context) {
        boolean byNumber = keepTokens.isEmpty() && context.maxTokens() == 0;
        return keepItems.orElse(byNumber ? DEFAULT_KEPT_ITEMS : Integer.MAX_VALUE);
    }

    long tokensKept(Context context) {
        boolean byWindow = keepItems.isEmpty() && context.maxTokens() > 0;
        return keepTokens.orElse(byWindow ? context.maxTokens() / 2 : Long.MAX_VALUE);
    }

    int summaryOf(long replacedTokens) {
        return summaryTokens.orElse((int) Math.min(MOST_SUMMARY, Math.max(LEAST_SUMMARY, replacedTokens / 4)));
    }
}
