package dev.devmesh.netty;

import java.time.Duration;

/**
 * What a server was told of WebSockets, checked by its builder.
 *
 * @param pingInterval how long a client may be quiet before it is asked for a sign of life
 * @param pongTimeout how long it then may stay quiet
 * @param writeTimeout how long a client may leave its connection full
 * @param credentialCheck how often the credential of an open connection is looked at again
 * @param maxMessageBytes the largest message that is taken
 * @param perKey how many one credential may have open at once
 */
record WebSocketSettings(
        Duration pingInterval,
        Duration pongTimeout,
        Duration writeTimeout,
        Duration credentialCheck,
        int maxMessageBytes,
        int perKey) {}
