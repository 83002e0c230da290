package dev.devmesh.mcp;

import java.util.Optional;

/**
 * Where a transport takes the messages of a stream from.
 *
 * <p>What waits here may still be replaced by later news, so a transport takes a message only when it can send it.
 */
public interface McpOutbox {

    /** Takes out the event that is next, or nothing while there is none. Does not wait. One call at a time. */
    Optional<McpEvent> next();

    /**
     * Whether nothing will come any more: a transport that finds the box empty and over ends the stream. It is woken
     * when that comes about.
     */
    default boolean isOver() {
        return false;
    }
}
