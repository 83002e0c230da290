package dev.devmesh.netty;

import io.netty.channel.Channel;

/** The connection of one client, whatever is spoken on it. For any thread. */
interface Connection {

    /** What it runs over. */
    Channel channel();

    /** The server begins to close: ends at once if nothing is under way, else when that has ended. */
    void drain();

    /** The server waits no longer: ends at once. */
    void cut();
}
