package dev.devmesh.mcp;

import java.util.List;

/** The header fields that came with a message, by name without regard to case. */
@FunctionalInterface
public interface McpHeaders {

    /** The values of the header in the order received, outer white space removed; empty if it is absent. */
    List<String> values(String name);
}
