package dev.devmesh.netty;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the connections of one listener share, most of it with those of the server's others.
 *
 * @param draining set once the server begins to close: answers end their connections, readiness says no
 */
record Edge(
        ServerSettings settings, Guards guards, Endpoints endpoints, Connections connections, AtomicBoolean draining) {}
