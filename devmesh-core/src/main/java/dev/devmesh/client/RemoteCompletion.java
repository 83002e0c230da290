package dev.devmesh.client;

import java.util.List;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/**
 * What a half-typed value may become.
 *
 * @param values the best first; at most 100 by the protocol
 * @param total how many there are, if the server says so
 * @param hasMore whether there are more than came
 */
public record RemoteCompletion(List<String> values, OptionalLong total, boolean hasMore) {

    /** Copies the values. */
    public RemoteCompletion {
        values = List.copyOf(values);
    }

    static RemoteCompletion of(JsonNode json) {
        return new RemoteCompletion(
                Reading.texts(json.path("values")),
                Reading.count(json, "total"),
                json.path("hasMore").asBoolean(false));
    }
}
