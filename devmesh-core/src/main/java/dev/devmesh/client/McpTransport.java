package dev.devmesh.client;

import java.io.IOException;

/**
 * A way to reach one server by messages in both directions, such as {@link ProcessTransport}: {@link #open} makes a connection.
 * HTTP is none, it answers each request by itself.
 *
 * <p>A client opens one connection at a time, with its first request, and another one when that has ended. Whatever is said on a
 * connection is the client's matter; transports move messages.
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface McpTransport {

    /** The server as people know it, for messages: no credential is in it. */
    String server();

    /**
     * Makes a connection. Returns when messages can be sent.
     *
     * @param receiver gets what the server sends, also before this method returns
     * @param maxMessageBytes a connection on which a longer message comes has to end
     * @throws IOException if the server cannot be reached
     * @throws McpClientException likewise, where there is more to say
     */
    Connection open(Receiver receiver, int maxMessageBytes) throws IOException;

    /** A connection to the server. Safe for use by many threads. */
    interface Connection extends AutoCloseable {

        /**
         * Begins to send a message and does not wait for the server to take it. Messages go out in the order of the calls.
         *
         * @param message one JSON value in UTF-8 without line ends; must not be changed
         * @throws IOException if the connection has ended or the server has not taken earlier messages
         */
        void send(byte[] message) throws IOException;

        /** Ends the connection, within seconds. Calling it twice has no further effect. */
        @Override
        void close();
    }

    /** Where a connection brings what comes. Its methods do not block and are not called at the same time. */
    interface Receiver {

        /**
         * A message came.
         *
         * @param message one JSON value in UTF-8; not changed afterwards
         */
        void received(byte[] message);

        /**
         * The connection has ended, or will never begin; nothing comes after this.
         *
         * @param why for people, such as "it exited with status 1"
         */
        void ended(String why);
    }
}
