package dev.devmesh.prompt;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.Roster;
import dev.devmesh.text.Nearest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The prompts of a mesh by name, in the order in which they were registered.
 *
 * <p>Copy on write: reading takes no lock and sees a consistent set. Safe for use by many threads.
 */
public final class PromptRegistry {

    /** Hears of each change, on the changing thread; must not wait. */
    @FunctionalInterface
    public interface Listener {
        /** The set of prompts changed. */
        void promptsChanged(long version);
    }

    private final Roster<Prompt> prompts;

    /** An empty registry whose prompts keep within these limits. */
    public PromptRegistry(Limits limits) {
        this.prompts = new Roster<>(
                "A prompt",
                Prompt::name,
                prompt -> prompt.spec().handler().permits("Prompt '" + prompt.name() + "'", limits));
    }

    /**
     * Adds a prompt.
     *
     * @throws MeshException with {@link ErrorCode#ALREADY_EXISTS} if its name is taken
     * @throws IllegalArgumentException if it asks for more than the mesh's limits allow
     */
    public void register(Prompt prompt) {
        prompts.addAll(List.of(prompt));
    }

    /**
     * Takes a prompt out; calls of it that run go on.
     *
     * @return whether there was one of this name
     */
    public boolean unregister(String name) {
        return prompts.remove(name);
    }

    /** The prompt of this name. */
    public Optional<Prompt> find(String name) {
        Roster.Entry<Prompt> entry = entry(name);
        return entry == null ? Optional.empty() : Optional.of(entry.item());
    }

    /** All prompts, in the order of their registration. */
    public List<Prompt> all() {
        return prompts.all();
    }

    /** The prompts that this caller may use, in the order of their registration. */
    public List<Prompt> visibleTo(Principal principal) {
        List<Prompt> all = all();
        if (principal.may(PromptSpec.GET)) {
            return all;
        }
        return all.stream()
                .filter(prompt -> principal.may(prompt.spec().permission()))
                .toList();
    }

    /** Counts the changes: as long as it stays the same, so do the prompts. */
    public long version() {
        return prompts.version();
    }

    /** Has each later change told. */
    public void onChange(Listener listener) {
        prompts.onChange(listener::promptsChanged);
    }

    Roster.@Nullable Entry<Prompt> entry(String name) {
        return prompts.entry(name);
    }

    /** The refusal of a name that no prompt has, with the nearest that the caller may use. */
    MeshException notFound(String name, Principal principal) {
        List<String> names = visibleTo(principal).stream().map(Prompt::name).toList();
        String nearest = Nearest.nearest(name, names)
                .map(found -> " Nearest: " + found + ".")
                .orElse("");
        String shown = name.length() <= 128 ? name : name.substring(0, 128) + "…";
        return new MeshException(
                ErrorCode.PROMPT_NOT_FOUND,
                "Prompt '" + shown + "' does not exist." + nearest,
                "List the prompts to see those that you may use.");
    }
}
