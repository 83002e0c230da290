package dev.devmesh.tool;

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

    private final Roster<Tool> tools;

    /** An empty registry whose tools keep within these limits. */
    public ToolRegistry(Limits limits) {
        this.tools = new Roster<>(
                "A tool", Tool::name, tool -> tool.spec().handler().permits("Tool '" + tool.name() + "'", limits));
    }

    /**
     * Adds a tool.
     *
     * @throws MeshException with {@link ErrorCode#ALREADY_EXISTS} if its name is taken
     * @throws IllegalArgumentException if it asks for more than the mesh's limits allow
     */
    public void register(Tool tool) {
        tools.addAll(List.of(tool));
    }

    /**
     * Adds the tools of a provider, all or none.
     *
     * @param namespace what each tool's name must begin with, before an underscore
     * @throws MeshException with {@link ErrorCode#ALREADY_EXISTS} if a name is taken
     * @throws IllegalArgumentException if a tool is named otherwise, or asks for more than the mesh's limits allow
     */
    public void register(String namespace, ToolProvider provider) {
        List<Tool> added = List.copyOf(provider.tools());
        for (Tool tool : added) {
            if (!tool.name().startsWith(namespace + "_")) {
                throw new IllegalArgumentException("Tool '" + tool.name() + "' of provider '" + namespace
                        + "' must have a name that begins with '" + namespace + "_'");
            }
        }
        tools.addAll(added, namespace);
    }

    /** {@link #register(String, ToolProvider)} under the provider's own namespace. */
    public void register(ToolProvider provider) {
        register(provider.namespace(), provider);
    }

    /**
     * Takes a tool out; calls of it that run go on.
     *
     * @return whether there was one of this name
     */
    public boolean unregister(String name) {
        return tools.remove(name);
    }

    /** The tool of this name. */
    public Optional<Tool> find(String name) {
        Roster.Entry<Tool> entry = entry(name);
        return entry == null ? Optional.empty() : Optional.of(entry.item());
    }

    /** All tools, in the order of their registration. */
    public List<Tool> all() {
        return tools.all();
    }

    /** The tools that this caller may run, in the order of their registration. */
    public List<Tool> visibleTo(Principal principal) {
        if (principal.may("tools:execute")) {
            return tools.all();
        }
        return tools.entries().stream()
                .filter(entry -> mayRun(principal, entry))
                .map(Roster.Entry::item)
                .toList();
    }

    /** The one decision: the caller may run the tool by its name, by that of its provider, or by what stands above both. */
    private static boolean mayRun(Principal principal, Roster.Entry<Tool> entry) {
        String permission = entry.item().spec().permission();
        return principal.may(permission)
                || !entry.group().isEmpty()
                        && principal.mayAny(List.of(permission, ToolSpec.permission(entry.group())));
    }

    /**
     * Whether a caller may run what has this name, and why.
     *
     * @param name of a tool or of a provider; of one that there is not, the decision says so
     */
    public ToolDecision why(String name, Principal principal) {
        Roster.Entry<Tool> entry = entry(name);
        if (entry != null) {
            List<String> names = entry.group().isEmpty() ? List.of(name) : List.of(name, entry.group());
            return ToolDecision.of(ToolDecision.Kind.TOOL, names, principal);
        }
        boolean isProvider =
                tools.entries().stream().anyMatch(tool -> tool.group().equals(name));
        return isProvider && !name.isEmpty()
                ? ToolDecision.of(ToolDecision.Kind.PROVIDER, List.of(name), principal)
                : ToolDecision.unknown(shortened(name), notFound(name, principal));
    }

    /** Counts the changes: as long as it stays the same, so do the tools. */
    public long version() {
        return tools.version();
    }

    /** Has each later change told. */
    public void onChange(Listener listener) {
        tools.onChange(listener::toolsChanged);
    }

    /**
     * The tool of this name, for a caller who may run it.
     *
     * @throws MeshException with {@link ErrorCode#TOOL_NOT_FOUND}, naming the nearest that the caller may run; or with
     *     {@link ErrorCode#PERMISSION_DENIED}, naming what the caller lacks
     */
    public Tool require(String name, Principal principal) {
        return entryFor(name, principal).item();
    }

    Roster.Entry<Tool> entryFor(String name, Principal principal) {
        Roster.Entry<Tool> entry = entry(name);
        if (entry == null) {
            throw notFound(name, principal);
        }
        if (!mayRun(principal, entry)) {
            throw why(name, principal).refusal(principal);
        }
        return entry;
    }

    private Roster.@Nullable Entry<Tool> entry(String name) {
        return tools.entry(name);
    }

    /** The refusal of a name that no tool has, with the nearest that the caller may run. */
    private MeshException notFound(String name, Principal principal) {
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
}
