package dev.devmesh.mcp;

import dev.devmesh.json.JsonWritable;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * One message of a stream, and what an event stream says beside it. Transports without event streams send the message, if
 * there is one, and nothing else.
 *
 * @param message one JSON-RPC message; empty for an event whose {@code data} is empty
 * @param id by what a client that comes back names the last event it has seen; empty for none
 * @param retry when a client whose stream ends is to come back; zero for nothing to say
 */
public record McpEvent(Optional<JsonWritable> message, String id, Duration retry) {

    /** Checks that nothing is missing. */
    public McpEvent {
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(retry, "retry");
    }

    /** A message alone. */
    static McpEvent of(JsonWritable message) {
        return new McpEvent(Optional.of(message), "", Duration.ZERO);
    }
}
