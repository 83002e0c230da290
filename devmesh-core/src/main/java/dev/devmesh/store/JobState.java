package dev.devmesh.store;

/** How a recorded job stands. */
public enum JobState {
    /** To be done: waiting, or with a worker. */
    LIVE,
    /** Done, once and for all. */
    DONE,
    /** Given up until it is revived. */
    DEAD
}
