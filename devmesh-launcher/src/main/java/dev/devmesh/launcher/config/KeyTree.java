package dev.devmesh.launcher.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The table of keys, by section. Built once; not changed afterwards. */
final class KeyTree {

    private static final KeyTree ROOT = grow();
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,31}");

    private final Map<String, KeyTree> children = new LinkedHashMap<>();
    private @Nullable Setting<?> setting;
    private @Nullable KeyTree entries;
    private boolean later;

    private KeyTree() {}

    /** The top of the tree of {@link Settings#ALL} and {@link Settings#LATER}. */
    static KeyTree root() {
        return ROOT;
    }

    private static KeyTree grow() {
        KeyTree root = new KeyTree();
        for (Setting<?> setting : Settings.ALL) {
            root.at(setting.path()).setting = setting;
        }
        for (String path : Settings.LATER) {
            root.at(path).later = true;
        }
        return root;
    }

    private KeyTree at(String path) {
        KeyTree node = this;
        for (String segment : path.split("\\.")) {
            boolean list = segment.endsWith("[]");
            String key = list ? segment.substring(0, segment.length() - 2) : segment;
            node = node.children.computeIfAbsent(key, name -> new KeyTree());
            if (list) {
                if (node.entries == null) {
                    node.entries = new KeyTree();
                }
                node = node.entries;
            }
        }
        return node;
    }

    /** What this key means here, or empty when nothing. */
    Optional<KeyTree> child(String key) {
        KeyTree exact = children.get(key);
        if (exact != null) {
            return Optional.of(exact);
        }
        return takesNames() && NAME.matcher(key).matches()
                ? Optional.of(children.values().iterator().next())
                : Optional.empty();
    }

    /** Whether the keys here are names that a user chooses. */
    boolean takesNames() {
        return children.size() == 1 && children.keySet().iterator().next().startsWith("<");
    }

    /** The key that ends here, or empty when this is a section. */
    Optional<Setting<?>> setting() {
        return Optional.ofNullable(setting);
    }

    /** What may stand in each entry, if this is a list of sections. */
    Optional<KeyTree> entries() {
        return Optional.ofNullable(entries);
    }

    /** Whether this key or section exists in the design, but not in this version. */
    boolean isLater() {
        return later;
    }

    /** The keys that may stand here. */
    List<String> keys() {
        return children.entrySet().stream()
                .filter(entry -> !entry.getValue().isLater())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** All keys of the table that end in this word. */
    static List<String> endingIn(String word, Collection<Setting<?>> settings) {
        return settings.stream()
                .filter(setting -> !setting.isNamed())
                .map(Setting::path)
                .filter(path -> path.endsWith("." + word))
                .toList();
    }
}
