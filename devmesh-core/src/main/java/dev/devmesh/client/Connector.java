package dev.devmesh.client;

/**
 * Reaches one server and finds out which revision to speak with it.
 *
 * <p>Safe for use by many threads.
 */
interface Connector extends AutoCloseable {

    /** The server as people know it. */
    String server();

    /**
     * The dialect to use now. Where that is not known it is found out, or the likeliest is taken: {@link #answered} and
     * {@link #instead} settle it.
     *
     * @throws McpClientException if the server cannot be reached or speaks nothing that this client may speak
     * @throws IllegalStateException after {@link #close()}
     */
    Dialect dialect();

    /** The server answered a request in this dialect. */
    void answered(Dialect used);

    /**
     * In which dialect to repeat a request that was refused before it ran.
     *
     * @throws McpClientException the refusal, if there is none
     */
    Dialect instead(Dialect used, McpClientException refusal);

    /** Gives up all that is under way and closes the connections. Calling it twice has no further effect. */
    @Override
    void close();
}
