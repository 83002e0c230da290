package dev.devmesh.call;

import java.time.Duration;
import java.util.Locale;

/**
 * How a handler is run.
 *
 * @param kind what it is a handler of
 * @param mode on which thread it runs
 * @param timeout how long its caller waits
 * @param permits how many of its calls run at once; one of them is taken for the call
 */
public record CallPolicy(Kind kind, ExecutionMode mode, Duration timeout, Permits permits) {

    /** What a handler is a handler of. */
    public enum Kind {
        /** A tool. */
        TOOL("Tool"),
        /** A prompt. */
        PROMPT("Prompt"),
        /** A resource. */
        RESOURCE("Resource"),
        /** Proposals for an argument of a prompt or of a resource template. */
        COMPLETION("Completion");

        private final String noun;

        Kind(String noun) {
            this.noun = noun;
        }

        /** How sentences begin that speak of this one. */
        public String of(String name) {
            return noun + " '" + name + "'";
        }

        /** How sentences go on that speak of this one. */
        public String lower(String name) {
            return noun.toLowerCase(Locale.ROOT) + " '" + name + "'";
        }
    }
}
