package dev.devmesh.schema;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A member that clients repeat as an HTTP header, {@code Mcp-Param-<header>}.
 *
 * <p>Immutable.
 *
 * @param header the name after {@code Mcp-Param-}
 * @param path the member names from the root to the value
 */
public record HeaderMember(String header, List<String> path) {

    public HeaderMember {
        requireNonNull(header, "header");
        path = List.copyOf(path);
    }
}
