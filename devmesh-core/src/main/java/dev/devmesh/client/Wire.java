package dev.devmesh.client;

/** Carries requests to the server and their answers back. */
@FunctionalInterface
interface Wire {

    /** Begins to send and does not wait. That it cannot be sent is told by {@link Answer#next}. */
    Answer send(Outgoing request);
}
