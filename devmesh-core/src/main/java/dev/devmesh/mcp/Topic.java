package dev.devmesh.mcp;

import dev.devmesh.event.Change;
import dev.devmesh.json.JsonWritable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client can listen to: a list, one resource or one task.
 *
 * <p>Immutable.
 *
 * @param name the URI of the resource or the id of the task; empty for a list
 */
record Topic(Kind kind, String name) {

    /** The kinds of {@code subscriptions/listen}, in the order in which they are acknowledged. */
    enum Kind {
        TOOLS("toolsListChanged", "notifications/tools/list_changed", false),
        PROMPTS("promptsListChanged", "notifications/prompts/list_changed", false),
        RESOURCES("resourcesListChanged", "notifications/resources/list_changed", false),
        RESOURCE("resourceSubscriptions", "notifications/resources/updated", true),
        TASK("taskIds", "notifications/tasks", true);

        private final String filter;
        private final String notification;
        private final boolean named;

        Kind(String filter, String notification, boolean named) {
            this.filter = filter;
            this.notification = notification;
            this.named = named;
        }

        /** The member of the filter that asks for it. */
        String filter() {
            return filter;
        }

        /** The method of the notification that tells of it. */
        String notification() {
            return notification;
        }

        /** Whether it is asked for by names, not as a whole. */
        boolean isNamed() {
            return named;
        }
    }

    /** What this change is about. */
    static Topic of(Change change) {
        if (change instanceof Change.ToolsChanged) {
            return list(Kind.TOOLS);
        }
        if (change instanceof Change.PromptsChanged) {
            return list(Kind.PROMPTS);
        }
        if (change instanceof Change.ResourcesChanged) {
            return list(Kind.RESOURCES);
        }
        if (change instanceof Change.ResourceUpdated updated) {
            return new Topic(Kind.RESOURCE, updated.uri());
        }
        return new Topic(Kind.TASK, ((Change.TaskChanged) change).id());
    }

    /** A list as a whole. */
    static Topic list(Kind kind) {
        return new Topic(kind, "");
    }

    /** One resource. */
    static Topic resource(String uri) {
        return new Topic(Kind.RESOURCE, uri);
    }

    /**
     * The notification that it has changed.
     *
     * @param details what to say of it besides its name
     * @param first writes members that come before those
     */
    JsonWritable notification(ObjectNode details, Wire.Members first) {
        return Wire.notification(kind.notification(), out -> {
            first.writeTo(out);
            if (kind == Kind.RESOURCE) {
                out.writeStringProperty("uri", name);
            }
            details.properties().forEach(member -> {
                if (!member.getKey().equals("_meta")) {
                    out.writeName(member.getKey());
                    out.writeTree(member.getValue());
                }
            });
        });
    }
}
