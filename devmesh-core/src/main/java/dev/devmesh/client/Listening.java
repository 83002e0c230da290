package dev.devmesh.client;

/**
 * A server has begun to tell of changes.
 *
 * @param honoured what it tells, of what was asked for
 * @param feed brings it
 */
record Listening(ListenFilter honoured, Feed feed) {}
