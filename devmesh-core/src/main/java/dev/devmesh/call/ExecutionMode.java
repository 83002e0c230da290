package dev.devmesh.call;

/** On which thread a handler runs. */
public enum ExecutionMode {
    /** May wait: runs on a thread of its own, a virtual one where Java has them. The default. */
    BLOCKING,
    /** Never waits: runs at once on the thread that brought the call, which may be an event loop. */
    NON_BLOCKING,
    /** Is begun on the thread that brought the call, must not wait there, and ends with its stage. */
    ASYNC
}
