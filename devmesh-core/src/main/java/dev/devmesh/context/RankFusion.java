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
 * is the sum of 1 / ({@value #K} + rank) over the rankings that have it.
 *
 * <p>A search by words ranks everything that has one word of the question in common with it, be it "the". In the plain sum such an item, far
 * down in both rankings, would beat the first of one. So items that the words speak for less than {@value #CLEARLY} times as well
 * as for the best count by words next to nothing: they are ordered by it, behind all others.
 *
 * <p>Confined to its caller.
 */
final class RankFusion {

    private static final int K = 60;
    private static final double CLEARLY = 0.85;
    private static final double NEXT_TO_NOTHING = 0.001;

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
        private double score;

        Ranks(Found found) {
            this.found = found;
        }
    }

    RankFusion words(List<Found> bestFirst) {
        for (int i = 0; i < bestFirst.size(); i++) {
            Found found = bestFirst.get(i);
            Ranks ranks = of(found);
            ranks.byWords = i + 1;
            boolean clearly = found.score() >= CLEARLY * bestFirst.get(0).score();
            ranks.score += reciprocal(i + 1) * (clearly ? 1 : NEXT_TO_NOTHING);
        }
        return this;
    }

    RankFusion meaning(List<Found> bestFirst) {
        for (int i = 0; i < bestFirst.size(); i++) {
            Ranks ranks = of(bestFirst.get(i));
            ranks.byMeaning = i + 1;
            ranks.similarity = bestFirst.get(i).score();
            ranks.score += reciprocal(i + 1);
        }
        return this;
    }

    private Ranks of(Found found) {
        return items.computeIfAbsent(found.item().id(), id -> new Ranks(found));
    }

    List<Hit> best(int limit) {
        return items.values().stream()
                .map(ranks -> hit(ranks, ranks.score, null))
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
        return 1.0 / (K + rank);
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
