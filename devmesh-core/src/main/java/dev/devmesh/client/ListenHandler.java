package dev.devmesh.client;

import java.util.Optional;

/**
 * Hears what a {@link Subscription} brings. A server tells that something changed, not what it is now: read it again.
 *
 * <p>The methods of one subscription are called one after the other, on a thread of its own that may wait. While one runs,
 * later notifications wait with the server, which may end a subscription that is too slow.
 */
public interface ListenHandler {

    /** The set of tools changed. */
    default void toolsChanged() {}

    /** The set of prompts changed. */
    default void promptsChanged() {}

    /** The set of resources changed. */
    default void resourcesChanged() {}

    /** What is at this address changed. */
    default void resourceUpdated(String uri) {}

    /** A task changed. */
    default void taskChanged(TaskStatus status) {}

    /**
     * Nothing comes any more, though the subscription was not closed here. Listen again and read everything again: what
     * happened in between was told to nobody.
     *
     * @param reason why, or empty where the server ended it in good order
     */
    default void ended(Optional<McpClientException> reason) {}
}
