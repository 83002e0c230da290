package dev.devmesh.client;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Where the notifications of a subscription come from. One thread takes; any thread may close. */
interface Feed extends AutoCloseable {

    /**
     * Waits for the next one.
     *
     * @return the notification, or empty when the server ended the subscription in good order
     * @throws McpClientException if it ended in another way
     */
    Optional<ObjectNode> next();

    /** Ends it here and tells the server. Harmless when it has ended. */
    @Override
    void close();
}
