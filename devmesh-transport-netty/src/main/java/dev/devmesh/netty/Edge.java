package dev.devmesh.netty;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the connections of one listener share, most of it with those of the server's others.
 *
 * @param figures what is told of requests and their answers
 * @param loads whether there is too much to do
 * @param leaving set once the server was told to close: answers end their connections, readiness says no
 * @param draining set once it begins to: nothing is accepted any more
 * @param cors what browsers are told
 * @param tls what protects the connections, if anything does
 */
record Edge(
        ServerSettings settings,
        Guards guards,
        Endpoints endpoints,
        Connections connections,
        BodyBudget bodies,
        HttpFigures figures,
        LoopLoads loads,
        AtomicBoolean leaving,
        AtomicBoolean draining,
        Cors cors,
        Optional<Tls> tls) {}
