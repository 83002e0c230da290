package dev.devmesh.cluster;

import java.util.function.Consumer;

/**
 * Small messages from each node of a cluster to all others. What holds for every bus:
 *
 * <ol>
 *   <li>While nodes are connected, each message reaches every other node at least once, and the messages of one node in the order
 *       in which it published them. A node does not hear itself.
 *   <li>A node that was cut off, or for which too much waited, hears {@link ClusterMessage.Gap} after what it may have missed:
 *       it takes everything for changed. So does every other node when it was the sender for which too much waited. Only a
 *       {@link ClusterMessage.SessionAnswer} is then lost for good.
 *   <li>A message that equals one which still waits to be sent is left out: the one that waits is told after both were
 *       published.
 *   <li>A subscriber hears one message at a time.
 *   <li>What it cannot read is no reason to fail: messages of a kind that this version does not know are left out, so that nodes can be
 *       upgraded one by one.
 * </ol>
 *
 * <p>A message says that something changed, never what it is now: who hears it looks. It is published after the commit, else who
 * looks may find the old state. Whoever may publish on a bus is trusted.
 *
 * <p>Safe for use by many threads.
 */
public interface ClusterBus extends AutoCloseable {

    /**
     * Tells the other nodes. Does not wait for them or for I/O, and does not fail: what cannot be sent now waits, within bounds, until
     * it can. Without effect after {@link #close()}.
     */
    void publish(ClusterMessage message);

    /**
     * Has what other nodes publish from now on told. May wait a few seconds for the connection; where there is none by then it
     * returns all the same, and the subscriber hears a {@link ClusterMessage.Gap} when there is.
     *
     * @param subscriber told on a thread of the bus; must not wait. It may publish. What it throws is logged and changes nothing.
     * @return ends it: from then on it is told nothing more, save what it is being told at that moment; harmless when run twice
     * @throws IllegalStateException after {@link #close()}
     */
    Runnable subscribe(Consumer<ClusterMessage> subscriber);

    /**
     * Sends what waits, as far as that takes no longer than 2 s, and leaves the cluster. No subscriber is told anything afterwards; one
     * that closes the bus itself finishes what it does. Does nothing the second time.
     */
    @Override
    void close();
}
