package dev.devmesh.inmemory;

import dev.devmesh.context.Context;
import dev.devmesh.store.Found;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Ranks the items of one search by Okapi BM25: a rare word counts more than a common one, a word's repetition counts
 * less each time, and a long text less than a short one of the same words. Rare and common are measured by the items
 * offered, so another tenant's texts cannot be felt in the scores.
 *
 * <p>Confined to its caller.
 */
final class Bm25 {

    private static final double SATURATION = 1.2;
    private static final double LENGTH_WEIGHT = 0.75;

    static final Comparator<Found> BEST_FIRST = Comparator.comparingDouble(Found::score)
            .thenComparing(found -> found.item().createdAt())
            .thenComparing(found -> found.item().seq())
            .thenComparing(found -> found.item().id())
            .reversed();

    private final long[] question;
    private final int[] itemsWith;
    private final List<Candidate> candidates = new ArrayList<>();
    private long items;
    private long words;

    Bm25(long[] question) {
        this.question = question;
        this.itemsWith = new int[question.length];
    }

    void offer(Context context, StoredItem item) {
        items++;
        words += item.terms().length();
        int[] counts = new int[question.length];
        boolean any = false;
        for (int i = 0; i < question.length; i++) {
            counts[i] = item.terms().count(question[i]);
            if (counts[i] > 0) {
                itemsWith[i]++;
                any = true;
            }
        }
        if (any) {
            candidates.add(new Candidate(context, item, counts));
        }
    }

    List<Found> best(int limit) {
        double averageLength = items == 0 ? 1 : Math.max(1, (double) words / items);
        double[] rarity = new double[question.length];
        for (int i = 0; i < rarity.length; i++) {
            rarity[i] = Math.log(1 + (items - itemsWith[i] + 0.5) / (itemsWith[i] + 0.5));
        }
        return candidates.stream()
                .map(candidate -> candidate.scored(rarity, averageLength))
                .sorted(BEST_FIRST)
                .limit(limit)
                .toList();
    }

    private record Candidate(Context context, StoredItem item, int[] counts) {

        Found scored(double[] rarity, double averageLength) {
            double norm = SATURATION
                    * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * item.terms().length() / averageLength);
            double score = 0;
            for (int i = 0; i < counts.length; i++) {
                score += rarity[i] * counts[i] * (SATURATION + 1) / (counts[i] + norm);
            }
            return new Found(item.item(), context.name(), score);
        }
    }
}
