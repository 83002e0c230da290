package dev.devmesh.launcher.metrics;

import dev.devmesh.DevMesh;
import dev.devmesh.call.CallPolicy;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The names that figures of calls carry: only what is registered, so that no caller can make up a series, and a bounded
 * number of them, so that a mesh of thousands of tools does not make thousands of series. Safe for use by many threads.
 */
final class KnownNames {

    /** So many of a kind have figures of their own. */
    static final int MOST = 200;

    /** Stands for those beyond. */
    static final String OTHER = "other";

    /** Stands for what is not registered. */
    static final String UNKNOWN = "unknown";

    private final Map<CallPolicy.Kind, Set<String>> seen = new EnumMap<>(CallPolicy.Kind.class);
    private volatile @Nullable DevMesh mesh;

    KnownNames() {
        for (CallPolicy.Kind kind : CallPolicy.Kind.values()) {
            seen.put(kind, ConcurrentHashMap.newKeySet());
        }
    }

    void of(DevMesh known) {
        mesh = known;
    }

    /** The label for what a caller asked for by this name. */
    String label(CallPolicy.Kind kind, String name) {
        DevMesh known = mesh;
        String registered = known == null ? UNKNOWN : registered(known, kind, name);
        Set<String> labels = seen.getOrDefault(kind, Set.of());
        if (labels.contains(registered) || registered.equals(UNKNOWN)) {
            return registered;
        }
        if (labels.size() >= MOST) {
            return OTHER;
        }
        labels.add(registered); // some may enter at once: the bound is not exact, but it is one
        return registered;
    }

    private static String registered(DevMesh mesh, CallPolicy.Kind kind, String name) {
        return switch (kind) {
            case TOOL -> mesh.tools().find(name).isPresent() ? name : UNKNOWN;
            case PROMPT -> mesh.prompts().find(name).isPresent() ? name : UNKNOWN;
            case RESOURCE -> mesh.resources().find(name).isPresent() ? name : template(mesh, name);
            case COMPLETION -> mesh.prompts().find(name).isPresent() || isTemplate(mesh, name) ? name : UNKNOWN;
        };
    }

    private static String template(DevMesh mesh, String uri) {
        return mesh.resources()
                .templateOf(uri)
                .map(template -> template.template().text())
                .orElse(UNKNOWN);
    }

    private static boolean isTemplate(DevMesh mesh, String text) {
        return mesh.resources().templates().stream()
                .anyMatch(template -> template.template().text().equals(text));
    }
}
