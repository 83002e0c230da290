package dev.devmesh.call;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Things with handlers by name, in the order in which they were added, with their permits beside them: what the registries of
 * tools, prompts and resources are made of.
 *
 * <p>Copy on write: reading takes no lock and sees a consistent set. Safe for use by many threads.
 *
 * @param <T> what is registered
 */
public final class Roster<T> {

    /**
     * One of them.
     *
     * @param item what was added
     * @param permits how many of its calls run at once
     * @param group what it was added as part of, or empty
     */
    public record Entry<T>(T item, Permits permits, String group) {}

    /** One consistent set. */
    private record State<T>(long version, Map<String, Entry<T>> byName, List<T> items) {}

    private final String noun;
    private final Function<? super T, String> name;
    private final Function<? super T, Permits> permits;
    private final ReentrantLock changing = new ReentrantLock();
    private final List<LongConsumer> listeners = new CopyOnWriteArrayList<>();
    private volatile State<T> state = new State<>(0, Map.of(), List.of());

    /**
     * An empty one.
     *
     * @param noun with its article: begins the sentence that a name is taken, for example {@code A tool}
     * @param name by what an item is found
     * @param permits makes the permits of an item; throws {@link IllegalArgumentException} for one that must not be added
     */
    public Roster(String noun, Function<? super T, String> name, Function<? super T, Permits> permits) {
        this.noun = noun;
        this.name = name;
        this.permits = permits;
    }

    /**
     * Adds items, all or none.
     *
     * @throws MeshException with {@link ErrorCode#ALREADY_EXISTS} if a name is taken
     */
    public void addAll(List<? extends T> added) {
        addAll(added, "");
    }

    /**
     * Adds items that belong together, all or none.
     *
     * @param group what they are called together
     * @throws MeshException with {@link ErrorCode#ALREADY_EXISTS} if a name is taken
     */
    public void addAll(List<? extends T> added, String group) {
        change(byName -> {
            for (T item : added) {
                Entry<T> entry = new Entry<>(item, permits.apply(item), group);
                if (byName.putIfAbsent(name.apply(item), entry) != null) {
                    throw new MeshException(
                            ErrorCode.ALREADY_EXISTS,
                            noun + " named '" + name.apply(item) + "' is registered already.",
                            "Give one of them another name, or unregister the first.");
                }
            }
            return !added.isEmpty();
        });
    }

    /**
     * Takes an item out; its calls that run go on.
     *
     * @return whether there was one of this name
     */
    public boolean remove(String called) {
        return change(byName -> byName.remove(called) != null);
    }

    /** The item of this name, or null if there is none. */
    public @Nullable Entry<T> entry(String called) {
        return state.byName.get(called);
    }

    /** All items, in the order in which they were added. */
    public List<T> all() {
        return state.items;
    }

    /** All of them with what is beside them, in the order in which they were added. */
    public Collection<Entry<T>> entries() {
        return Collections.unmodifiableCollection(state.byName.values());
    }

    /** Counts the changes: as long as it stays the same, so do the items. */
    public long version() {
        return state.version;
    }

    /** Has each later change told, with the number that counts them, on the changing thread; must not wait. */
    public void onChange(LongConsumer listener) {
        listeners.add(listener);
    }

    private interface Change<T> {
        boolean apply(Map<String, Entry<T>> byName);
    }

    private boolean change(Change<T> change) {
        long version;
        changing.lock();
        try {
            Map<String, Entry<T>> byName = new LinkedHashMap<>(state.byName);
            if (!change.apply(byName)) {
                return false;
            }
            List<T> items = new ArrayList<>(byName.size());
            byName.values().forEach(entry -> items.add(entry.item()));
            version = state.version + 1;
            state = new State<>(version, byName, List.copyOf(items));
        } finally {
            changing.unlock();
        }
        listeners.forEach(listener -> listener.accept(version));
        return true;
    }
}
