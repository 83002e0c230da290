package dev.devmesh.call;

import dev.devmesh.question.Asking;

/**
 * One call, from the handler's side: who calls, how long it may take, and a way to ask the client.
 *
 * <p>Safe for use by many threads. Of no use after the call has ended: progress and messages are then dropped.
 */
public interface Call extends CallContext, Asking {}
