package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client wants to hear of: {@code ListenFilter.none().tools().resource("farm://motd")}.
 *
 * <p>Immutable: each method returns another value.
 *
 * @param toolList that the set of tools changed
 * @param promptList that the set of prompts changed
 * @param resourceList that the set of resources changed
 * @param resourceUris the addresses of which a change of content is told
 * @param taskIds the tasks whose changes are told
 */
public record ListenFilter(
        boolean toolList, boolean promptList, boolean resourceList, Set<String> resourceUris, Set<String> taskIds) {

    /** Copies the sets. */
    public ListenFilter {
        resourceUris = Set.copyOf(resourceUris);
        taskIds = Set.copyOf(taskIds);
    }

    /** Nothing. */
    public static ListenFilter none() {
        return new ListenFilter(false, false, false, Set.of(), Set.of());
    }

    /** And that the set of tools changed. */
    public ListenFilter tools() {
        return new ListenFilter(true, promptList, resourceList, resourceUris, taskIds);
    }

    /** And that the set of prompts changed. */
    public ListenFilter prompts() {
        return new ListenFilter(toolList, true, resourceList, resourceUris, taskIds);
    }

    /** And that the set of resources changed. */
    public ListenFilter resources() {
        return new ListenFilter(toolList, promptList, true, resourceUris, taskIds);
    }

    /** And that what is at this address changed. */
    public ListenFilter resource(String uri) {
        return new ListenFilter(toolList, promptList, resourceList, with(resourceUris, uri), taskIds);
    }

    /** And that this task changed. */
    public ListenFilter task(String id) {
        return new ListenFilter(toolList, promptList, resourceList, resourceUris, with(taskIds, id));
    }

    private static Set<String> with(Set<String> some, String more) {
        Set<String> all = new LinkedHashSet<>(some);
        all.add(more);
        return all;
    }

    ObjectNode json() {
        ObjectNode json = Json.object();
        if (toolList) {
            json.put("toolsListChanged", true);
        }
        if (promptList) {
            json.put("promptsListChanged", true);
        }
        if (resourceList) {
            json.put("resourcesListChanged", true);
        }
        if (!resourceUris.isEmpty()) {
            json.set("resourceSubscriptions", Json.tree(List.copyOf(resourceUris)));
        }
        if (!taskIds.isEmpty()) {
            json.set("taskIds", Json.tree(List.copyOf(taskIds)));
        }
        return json;
    }

    static ListenFilter of(JsonNode json) {
        return new ListenFilter(
                json.path("toolsListChanged").asBoolean(false),
                json.path("promptsListChanged").asBoolean(false),
                json.path("resourcesListChanged").asBoolean(false),
                Set.copyOf(Reading.texts(json.path("resourceSubscriptions"))),
                Set.copyOf(Reading.texts(json.path("taskIds"))));
    }
}
