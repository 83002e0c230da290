package dev.devmesh.completion;

import java.util.List;
import java.util.Locale;

/**
 * Proposes values for an argument. Must be safe for use by many threads; may wait.
 */
@FunctionalInterface
public interface Completer {

    /**
     * The values that fit what was typed so far, best first. Clients see the first {@value Completion#MAX_VALUES}, and how many
     * there are.
     *
     * @param typed what was typed so far; may be empty
     */
    List<String> complete(String typed, CompletionContext context) throws Exception;

    /** Proposes those of these values that begin with what was typed, without regard to case. */
    static Completer of(String... values) {
        List<String> known = List.of(values);
        return (typed, context) -> {
            String key = typed.toLowerCase(Locale.ROOT);
            return known.stream()
                    .filter(value -> value.toLowerCase(Locale.ROOT).startsWith(key))
                    .toList();
        };
    }
}
