package dev.devmesh.inmemory;

import dev.devmesh.cluster.ClusterBus;
import dev.devmesh.cluster.ClusterMessage;
import dev.devmesh.store.Ids;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What connects several nodes that live in one process, as they do in tests and in applications with more than one mesh.
 *
 * <p>Safe for use by many threads.
 */
public final class InMemoryClusterHub {

    private final ReentrantLock lock = new ReentrantLock();
    private final List<InMemoryClusterBus> nodes = new ArrayList<>();

    /** A hub without nodes. */
    public InMemoryClusterHub() {}

    /** Another node's {@link ClusterBus}. Whoever asks for it closes it. */
    public InMemoryClusterBus join() {
        InMemoryClusterBus node = new InMemoryClusterBus(this, Ids.next(""));
        lock.lock();
        try {
            nodes.add(node);
        } finally {
            lock.unlock();
        }
        return node;
    }

    void leave(InMemoryClusterBus node) {
        lock.lock();
        try {
            nodes.remove(node);
        } finally {
            lock.unlock();
        }
    }

    /** Passes a message on; one at a time, so that all nodes see the same order. */
    void pass(InMemoryClusterBus from, ClusterMessage message) {
        lock.lock();
        try {
            if (!nodes.contains(from)) {
                return;
            }
            if (!from.isConnected()) {
                from.keep(message);
                return;
            }
            String text = from.written(message);
            nodes.stream().filter(node -> node != from).forEach(node -> node.came(text));
        } finally {
            lock.unlock();
        }
    }

    /** Changes whether a node is connected, while nothing is passed on. */
    void whileQuiet(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }
}
