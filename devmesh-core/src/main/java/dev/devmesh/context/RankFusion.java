package dev.devmesh.context;

import dev.devmesh.store.Found;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Makes one ranking of two whose scores cannot be compared: reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009). An item's score
 * is the sum of 1 / ({@value #K} + rank) over the rankings that have it, so being first in one of them counts about as much as being in the
 * middle of both.
 *
 * <p>Confined to its caller.
 */
final class RankFusion {

    private static final int K = 60;

    private static final Comparator<Hit> BEST_FIRST = Comparator.comparingDouble(Hit::score)
            .thenComparing(hit -> hit.item().createdAt())
            .thenComparing(hit -> hit.item().seq())
            .thenComparing(hit -> hit.item().id())
            .reversed();

    private final Map<String, Ranks> items = new LinkedHashMap<>();

    private static final class Ranks {
        private final Found found;
        private int byWords;
        private int byMeaning;
        private double similarity;

        Ranks(Found found) {
            this.found = found;
        }
    }

    RankFusion words(List<Found> bestFirst) {
        for (int i = 0; i < bestFirst.size(); i++) {
            of(bestFirst.get(i)).byWords = i + 1;
        }
        return this;
    }

    RankFusion meaning(List<Found> bestFirst) {
        for (int i = 0; i < bestFirst.size(); i++) {
            Ranks ranks = of(bestFirst.get(i));
            ranks.byMeaning = i + 1;
            ranks.similarity = bestFirst.get(i).score();
        }
        return this;
    }

    private Ranks of(Found found) {
        return items.computeIfAbsent(found.item().id(), id -> new Ranks(found));
    }

    List<Hit> best(int limit) {
        return items.values().stream()
                .map(ranks -> hit(ranks, reciprocal(ranks.byWords) + reciprocal(ranks.byMeaning), null))
                .sorted(BEST_FIRST)
                .limit(limit)
                .toList();
    }

    /** The hits of one ranking alone, with its own scores. */
    static List<Hit> wordsOnly(List<Found> bestFirst, @Nullable String remark) {
        RankFusion ranking = new RankFusion().words(bestFirst);
        return ranking.items.values().stream()
                .map(ranks -> hit(ranks, ranks.found.score(), remark))
                .toList();
    }

    /** The hits of one ranking alone, with its own scores. */
    static List<Hit> meaningOnly(List<Found> bestFirst) {
        RankFusion ranking = new RankFusion().meaning(bestFirst);
        return ranking.items.values().stream()
                .map(ranks -> hit(ranks, ranks.found.score(), null))
                .toList();
    }

    private static double reciprocal(int rank) {
        return rank == 0 ? 0 : 1.0 / (K + rank);
    }

    private static Hit hit(Ranks ranks, double score, @Nullable String remark) {
        StringBuilder sentence = new StringBuilder();
        if (ranks.byWords > 0) {
            sentence.append("number ").append(ranks.byWords).append(" by words");
        }
        if (ranks.byMeaning > 0) {
            sentence.append(sentence.isEmpty() ? "" : ", ")
                    .append(String.format(
                            Locale.ROOT, "number %d by meaning (similarity %.2f)", ranks.byMeaning, ranks.similarity));
        }
        if (remark != null) {
            sentence.append("; ").append(remark);
        }
        Why why = new Why(
                ranks.byWords == 0 ? OptionalInt.empty() : OptionalInt.of(ranks.byWords),
                ranks.byMeaning == 0 ? OptionalInt.empty() : OptionalInt.of(ranks.byMeaning),
                ranks.byMeaning == 0 ? OptionalDouble.empty() : OptionalDouble.of(ranks.similarity),
                sentence.toString());
        return new Hit(ranks.found.item(), ranks.found.contextName(), score, why);
    }
}
