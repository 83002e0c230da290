package dev.devmesh.mcp;

import dev.devmesh.json.JsonWritable;
import java.util.Optional;

/**
 * Where a transport takes the messages of a stream from.
 *
 * <p>What waits here may still be replaced by later news, so a transport takes a message only when it can send it.
 */
@FunctionalInterface
public interface McpOutbox {

    /** Takes out the message that is next, or nothing while there is none. Does not wait. One call at a time. */
    Optional<JsonWritable> next();
}
