package dev.devmesh.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.node.ObjectNode;

/** What a session needs beside requests: to say something without being answered, and to hear what it did not ask for. */
interface Link extends Wire {

    /**
     * Begins to send a notification, or the response to a request of the server.
     *
     * @return completes when the server has taken it, or with the {@link McpClientException} of why it has not
     */
    CompletableFuture<Void> tell(ObjectNode message);

    /** Who gets what belongs to no request from here. Called once, before the session begins. */
    void attach(Inbound inbound);

    /**
     * Makes sure that what belongs to no request is heard.
     *
     * @param atMost how long the server may take
     * @throws McpClientException if the server has no way to tell it
     */
    void hear(Duration atMost);

    /**
     * Whether the refusal says that the server does not know the session any more, so that the request did not run and another
     * session may try.
     */
    boolean isLost(McpClientException refusal);

    /** Ends the session, as far as the server listens. */
    void end();
}
