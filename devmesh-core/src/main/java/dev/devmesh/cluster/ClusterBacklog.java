package dev.devmesh.cluster;

import dev.devmesh.cluster.ClusterMessage.Gap;
import dev.devmesh.cluster.ClusterMessage.SessionAnswer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages that wait, to be sent or to be told: each once, in order, within bounds. When there are too many, all but answers of
 * sessions give way to one {@link Gap}. Of answers at most {@value #MAX_ANSWERS} wait, which no Gap stands for; further ones
 * are lost, and the log says so.
 *
 * <p>Safe for use by many threads; adding waits for nothing.
 */
public final class ClusterBacklog {

    /** How many messages wait at most, answers aside. */
    public static final int MAX_MESSAGES = 1_000;

    /** How many answers of sessions wait at most. */
    public static final int MAX_ANSWERS = 64;

    private static final Logger LOG = LoggerFactory.getLogger(ClusterBacklog.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition some = lock.newCondition();
    private final Deque<ClusterMessage> waiting = new ArrayDeque<>();
    private final Set<ClusterMessage> known = new HashSet<>();
    private int answers;

    /** Nothing waits yet. */
    public ClusterBacklog() {}

    /** Puts a message behind those that wait, unless an equal one is among them. */
    public void add(ClusterMessage message) {
        lock.lock();
        try {
            put(message, false);
        } finally {
            lock.unlock();
        }
    }

    /** Puts a message that was taken out, and could not be sent, before those that wait. */
    public void putBack(ClusterMessage message) {
        lock.lock();
        try {
            put(message, true);
        } finally {
            lock.unlock();
        }
    }

    private void put(ClusterMessage message, boolean first) {
        if (known.contains(message)) {
            return;
        }
        boolean answer = message instanceof SessionAnswer;
        if (answer && answers == MAX_ANSWERS) {
            LOG.warn("An answer of a client is lost: {} wait for the cluster bus already", MAX_ANSWERS);
            return;
        }
        ClusterMessage next = message;
        if (!answer && waiting.size() - answers >= MAX_MESSAGES) {
            LOG.warn(
                    "More than {} messages wait for the cluster bus; one that says so takes their place", MAX_MESSAGES);
            waiting.removeIf(one -> !(one instanceof SessionAnswer));
            known.removeIf(one -> !(one instanceof SessionAnswer));
            next = new Gap();
        }
        if (first) {
            waiting.addFirst(next);
        } else {
            waiting.addLast(next);
        }
        known.add(next);
        answers += answer ? 1 : 0;
        some.signal();
    }

    /**
     * Takes the first message out, and waits for one if there is none. From then on an equal one is a new one.
     *
     * @return empty if there was none for so long
     */
    public Optional<ClusterMessage> take(Duration patience) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            while (waiting.isEmpty()) {
                if (left <= 0) {
                    return Optional.empty();
                }
                left = some.awaitNanos(left);
            }
            ClusterMessage first = waiting.removeFirst();
            known.remove(first);
            answers -= first instanceof SessionAnswer ? 1 : 0;
            return Optional.of(first);
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing waits. */
    public boolean isEmpty() {
        lock.lock();
        try {
            return waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
