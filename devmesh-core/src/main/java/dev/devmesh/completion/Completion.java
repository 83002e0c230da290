package dev.devmesh.completion;

import java.util.List;

/**
 * Values proposed for an argument.
 *
 * <p>Immutable.
 *
 * @param values the best of them, best first; at most {@value #MAX_VALUES}
 * @param total how many there are
 */
public record Completion(List<String> values, int total) {

    /** The most values that are proposed at once. */
    public static final int MAX_VALUES = 100;

    private static final Completion NONE = new Completion(List.of(), 0);

    /** Copies the values. */
    public Completion {
        values = List.copyOf(values);
        if (values.size() > MAX_VALUES || total < values.size()) {
            throw new IllegalArgumentException(
                    "a completion has at most " + MAX_VALUES + " values, and a total that counts them");
        }
    }

    /** Nothing to propose. */
    public static Completion none() {
        return NONE;
    }

    /** The first of these values. */
    public static Completion of(List<String> all) {
        return new Completion(all.subList(0, Math.min(all.size(), MAX_VALUES)), all.size());
    }

    /** Whether there are more than these values. */
    public boolean hasMore() {
        return total > values.size();
    }
}
