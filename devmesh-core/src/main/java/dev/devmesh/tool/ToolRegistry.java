package dev.devmesh.tool;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.ExecutionMode;
import dev.devmesh.call.HandlerThreads;
import dev.devmesh.call.Permits;
import dev.devmesh.text.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The tools of a mesh by name, in the order in which they were registered.
 *
 * <p>Copy on write: reading takes no lock and sees a consistent set. Safe for use by many threads.
 */
public final class ToolRegistry {

    /** Hears of each change, with the number that counts them, on the changing thread; must not wait. */
    @FunctionalInterface
    public interface Listener {
        /** The set of tools changed. */
        void toolsChanged(long version);
    }

    /** A tool with what the mesh keeps beside it. */
    record Entry(Tool tool, Permits permits) {}

    /** One consistent set. */
    private record State(long version, Map<String, Entry> byName, List<Tool> tools) {}

    private final Limits limits;
    private final ReentrantLock changing = new ReentrantLock();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private volatile State state = new State(0, Map.of(), List.of());

    /** An empty registry whose tools keep within these limits. */
    public ToolRegistry(Limits limits) {
        this.limits = limits;
    }

    /**
     * Adds a tool.
     *
     * @throws MeshException with {@link ErrorCode#ALREADY_EXISTS} if its name is taken
     * @throws IllegalArgumentException if it asks for more than the mesh's limits allow
     */
    public void register(Tool tool) {
        registerAll(List.of(tool));
    }

    /**
     * Adds the tools of a provider, all or none.
     *
     * @param namespace what each tool's name must begin with, before an underscore
     * @throws MeshException with {@link ErrorCode#ALREADY_EXISTS} if a name is taken
     * @throws IllegalArgumentException if a tool is named otherwise, or asks for more than the mesh's limits allow
     */
    public void register(String namespace, ToolProvider provider) {
        List<Tool> tools = List.copyOf(provider.tools());
        for (Tool tool : tools) {
            if (!tool.name().startsWith(namespace + "_")) {
                throw new IllegalArgumentException("Tool '" + tool.name() + "' of provider '" + namespace
                        + "' must have a name that begins with '" + namespace + "_'");
            }
        }
        registerAll(tools);
    }

    /** {@link #register(String, ToolProvider)} under the provider's own namespace. */
    public void register(ToolProvider provider) {
        register(provider.namespace(), provider);
    }

    private void registerAll(List<Tool> tools) {
        change(byName -> {
            for (Tool tool : tools) {
                checkLimits(tool.spec());
                Entry taken = byName.putIfAbsent(tool.name(), new Entry(tool, new Permits(concurrency(tool.spec()))));
                if (taken != null) {
                    throw new MeshException(
                            ErrorCode.ALREADY_EXISTS,
                            "A tool named '" + tool.name() + "' is registered already.",
                            "Give one of them another name, or unregister the first.");
                }
            }
            return !tools.isEmpty();
        });
    }

    /**
     * Takes a tool out; calls of it that run go on.
     *
     * @return whether there was one of this name
     */
    public boolean unregister(String name) {
        return change(byName -> byName.remove(name) != null);
    }

    /** The tool of this name. */
    public Optional<Tool> find(String name) {
        Entry entry = entry(name);
        return entry == null ? Optional.empty() : Optional.of(entry.tool());
    }

    /** All tools, in the order of their registration. */
    public List<Tool> all() {
        return state.tools;
    }

    /** The tools that this caller may run, in the order of their registration. */
    public List<Tool> visibleTo(Principal principal) {
        List<Tool> tools = state.tools;
        if (principal.may("tools:execute")) {
            return tools;
        }
        return tools.stream()
                .filter(tool -> principal.may(tool.spec().permission()))
                .toList();
    }

    /** Counts the changes: as long as it stays the same, so do the tools. */
    public long version() {
        return state.version;
    }

    /** Has each later change told. */
    public void onChange(Listener listener) {
        listeners.add(listener);
    }

    @Nullable
    Entry entry(String name) {
        return state.byName.get(name);
    }

    /** The refusal of a name that no tool has, with the nearest that the caller may run. */
    MeshException notFound(String name, Principal principal) {
        List<String> names = visibleTo(principal).stream().map(Tool::name).toList();
        String nearest = Nearest.nearest(name, names)
                .map(found -> " Nearest: " + found + ".")
                .orElse("");
        return new MeshException(
                ErrorCode.TOOL_NOT_FOUND,
                "Tool '" + shortened(name) + "' does not exist." + nearest,
                "List the tools to see those that you may run.");
    }

    private static String shortened(String name) {
        return name.length() <= 128 ? name : name.substring(0, 128) + "…";
    }

    private interface Change {
        boolean apply(Map<String, Entry> byName);
    }

    private boolean change(Change change) {
        long version;
        changing.lock();
        try {
            Map<String, Entry> byName = new LinkedHashMap<>(state.byName);
            if (!change.apply(byName)) {
                return false;
            }
            List<Tool> tools = new ArrayList<>(byName.size());
            byName.values().forEach(entry -> tools.add(entry.tool()));
            version = state.version + 1;
            state = new State(version, byName, List.copyOf(tools));
        } finally {
            changing.unlock();
        }
        listeners.forEach(listener -> listener.toolsChanged(version));
        return true;
    }

    private void checkLimits(ToolSpec spec) {
        spec.timeout().ifPresent(timeout -> {
            if (timeout.compareTo(limits.maxToolTimeout()) > 0) {
                throw new IllegalArgumentException("Tool '" + spec.name() + "': its timeout " + timeout
                        + " is longer than the mesh allows (maxToolTimeout " + limits.maxToolTimeout() + ")");
            }
        });
    }

    private int concurrency(ToolSpec spec) {
        int wanted = spec.concurrency().orElse(limits.toolConcurrency());
        boolean sharesPool = spec.mode() == ExecutionMode.BLOCKING && !HandlerThreads.areVirtual();
        return sharesPool ? Math.min(wanted, HandlerThreads.POOL_SIZE / 2) : wanted;
    }
}
