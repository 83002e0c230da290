package dev.devmesh.prompt;

import dev.devmesh.completion.Completer;
import java.util.Map;

/**
 * Something that people can begin a conversation with: what it is, and how its messages are made.
 *
 * <p>Immutable. Its handler must be safe for use by many threads.
 */
public final class Prompt {

    private final PromptSpec spec;
    private final Map<String, Completer> completers;
    private final PromptHandler handler;

    Prompt(PromptSpec spec, Map<String, Completer> completers, PromptHandler handler) {
        this.spec = spec;
        this.completers = Map.copyOf(completers);
        this.handler = handler;
    }

    /** Begins a prompt of this name: 1 to 128 characters of {@code A-Z a-z 0-9 _ . -}. */
    public static PromptBuilder named(String name) {
        return new PromptBuilder(name);
    }

    /** Everything about the prompt but how it makes its messages. */
    public PromptSpec spec() {
        return spec;
    }

    /** The prompt's name. */
    public String name() {
        return spec.name();
    }

    Map<String, Completer> completers() {
        return completers;
    }

    PromptHandler handler() {
        return handler;
    }

    @Override
    public String toString() {
        return "Prompt[" + spec.name() + "]";
    }
}
