package dev.devmesh.text;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The names nearest to one that someone mistyped, for "did you mean".
 *
 * <p>Near means few edits (insert, delete, replace, swap neighbours), without regard to case; one edit is allowed for
 * every three characters, and one in any case. The cost is bounded: names and candidates beyond
 * {@value #MAX_LENGTH} characters are left out, and so are candidates after the first {@value #MAX_CANDIDATES}.
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class Nearest {

    /** Names longer than this, in chars, are never near anything. */
    public static final int MAX_LENGTH = 128;

    /** How many candidates are looked at. */
    public static final int MAX_CANDIDATES = 5_000;

    private Nearest() {}

    /** The one name nearest to {@code wanted}, if any is near. */
    public static Optional<String> nearest(String wanted, Collection<String> names) {
        return nearest(wanted, names, 1).stream().findFirst();
    }

    /**
     * Up to {@code max} names near {@code wanted}, nearest first, equally near ones in alphabetical order.
     *
     * @param max at least 1
     */
    public static List<String> nearest(String wanted, Collection<String> names, int max) {
        if (max < 1) {
            throw new IllegalArgumentException("max must be at least 1, is " + max);
        }
        if (wanted.isEmpty() || wanted.length() > MAX_LENGTH) {
            return List.of();
        }
        String key = fold(wanted);
        int limit = Math.max(1, wanted.length() / 3);
        record Candidate(String name, int distance) {}
        List<Candidate> near = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        int looked = 0;
        for (String name : names) {
            if (++looked > MAX_CANDIDATES) {
                break;
            }
            if (name.length() > MAX_LENGTH || Math.abs(name.length() - key.length()) > limit || !seen.add(name)) {
                continue;
            }
            int distance = distance(key, fold(name), limit);
            if (distance <= limit && distance < Math.max(key.length(), name.length())) {
                near.add(new Candidate(name, distance));
            }
        }
        near.sort(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name));
        return near.stream().limit(max).map(Candidate::name).toList();
    }

    private static String fold(String name) {
        return name.toLowerCase(Locale.ROOT).replace('-', '_');
    }

    /** Damerau's distance with neighbour swaps; anything above {@code limit} is returned as {@code limit + 1}. */
    private static int distance(String a, String b, int limit) {
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            int best = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                int d = Math.min(replace, Math.min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d = Math.min(d, beforeLast[j - 2] + 1);
                }
                row[j] = d;
                best = Math.min(best, d);
            }
            if (best > limit) {
                return limit + 1;
            }
            int[] spare = beforeLast;
            beforeLast = last;
            last = row;
            row = spare;
        }
        return last[b.length()];
    }
}
