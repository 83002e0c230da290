package dev.devmesh.netty;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the connections of one server share.
 *
 * @param figures what is told of requests and their answers
 * @param loads whether there is too much to do
 * @param draining set once the server begins to close: answers end their connections, readiness says no
 */
record Edge(
        ServerSettings settings,
        Guards guards,
        Endpoints endpoints,
        Connections connections,
        HttpFigures figures,
        LoopLoads loads,
        AtomicBoolean draining) {}
