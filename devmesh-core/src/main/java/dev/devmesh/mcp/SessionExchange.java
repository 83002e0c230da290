package dev.devmesh.mcp;

import dev.devmesh.json.JsonWritable;
import java.time.Duration;

/** The way back of one request of a client that can be asked in turn while its request is served. */
interface SessionExchange extends McpExchange {

    /**
     * Sends a request of the server's own ahead of the response. Unlike what is {@linkplain #push pushed} it is not dropped while
     * the client is slow.
     *
     * @return false if the client has gone for good
     */
    boolean ask(JsonWritable request);

    /** Makes the answer a stream now, where there is a choice: a client that loses it can come back to it. */
    default void beginStream() {}

    /**
     * Ends the client's stream ahead of the response, which waits until the client comes back. Does nothing where clients
     * cannot.
     *
     * @param comeBackAfter when the client is to do so
     */
    default void closeStream(Duration comeBackAfter) {}

    /** Answers a request with an error that has the id of another one under way. */
    void refused(int status, JsonWritable error);

    /** The client gave the request up: there will be no response. */
    void abandoned();
}
