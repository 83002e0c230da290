package dev.devmesh.schema;

import static java.util.Objects.requireNonNull;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

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

    /**
     * The members of a schema that someone else wrote, in the order of the schema. Nothing but the annotations
     * ({@code x-mcp-header}) is checked, so the schema may use what DevMesh does not.
     *
     * @throws InvalidSchema if an annotation stands where MCP does not allow it, or the schema is too deep or large
     */
    public static List<HeaderMember> of(ObjectNode schema) {
        return SchemaRules.headers(schema);
    }
}
