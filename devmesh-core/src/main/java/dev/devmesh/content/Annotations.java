package dev.devmesh.content;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * For whom a piece of content is, and how much it matters.
 *
 * @param audience {@code user}, {@code assistant}, both, or empty for nothing said
 * @param priority from 0, can be left out, to 1, needed
 * @param lastModified when the content was last changed
 */
public record Annotations(Set<String> audience, OptionalDouble priority, Optional<Instant> lastModified) {

    private static final Annotations NONE = new Annotations(Set.of(), OptionalDouble.empty(), Optional.empty());

    /** Checks the audience and the priority. */
    public Annotations {
        audience = Set.copyOf(audience);
        if (!Set.of("user", "assistant").containsAll(audience)) {
            throw new IllegalArgumentException("an audience is user, assistant or both, is " + audience);
        }
        if (priority.isPresent() && !(priority.getAsDouble() >= 0 && priority.getAsDouble() <= 1)) {
            throw new IllegalArgumentException("a priority is between 0 and 1, is " + priority.getAsDouble());
        }
    }

    /** Nothing said. */
    public static Annotations none() {
        return NONE;
    }

    /** Whether nothing is said. */
    public boolean isEmpty() {
        return audience.isEmpty() && priority.isEmpty() && lastModified.isEmpty();
    }
}
