package dev.devmesh.mcp;

import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonGenerator;

/**
 * What an engine may serve besides the frame. The one place that {@code server/discover} declares from and
 * {@code subscriptions/listen} honours by: a feature that an engine has is declared with all of its settings, and its kinds can
 * be listened to.
 */
enum Feature {
    TOOLS("tools", Map.of(Topic.Kind.TOOLS, "listChanged")),
    LOGGING("logging", Map.of()),
    PROMPTS("prompts", Map.of(Topic.Kind.PROMPTS, "listChanged")),
    RESOURCES("resources", Map.of(Topic.Kind.RESOURCES, "listChanged", Topic.Kind.RESOURCE, "subscribe")),
    COMPLETIONS("completions", Map.of()),
    /** The extension for calls that outlive their request. Its kind needs no setting. */
    TASKS("io.modelcontextprotocol/tasks", Map.of(Topic.Kind.TASK, ""));

    private final String wireName;
    private final Map<Topic.Kind, String> kinds;

    Feature(String wireName, Map<Topic.Kind, String> kinds) {
        this.wireName = wireName;
        this.kinds = kinds;
    }

    /** The capability's name, or the extension's id. */
    String wireName() {
        return wireName;
    }

    /** Whether it is declared among the extensions: their ids have a prefix. */
    boolean isExtension() {
        return wireName.indexOf('/') > 0;
    }

    /** The settings that are declared as true. */
    List<String> settings() {
        return kinds.values().stream()
                .filter(setting -> !setting.isEmpty())
                .sorted()
                .toList();
    }

    /** What can be listened to when it is served. */
    Set<Topic.Kind> kinds() {
        return kinds.keySet();
    }

    /** Writes the members that declare these: either the capabilities or the extensions among them. */
    static void write(JsonGenerator out, Set<Feature> features, boolean extensions) {
        for (Feature feature : features) {
            if (feature.isExtension() == extensions) {
                out.writeObjectPropertyStart(feature.wireName());
                feature.settings().forEach(setting -> out.writeBooleanProperty(setting, true));
                out.writeEndObject();
            }
        }
    }
}
