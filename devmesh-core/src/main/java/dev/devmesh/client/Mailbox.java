package dev.devmesh.client;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where messages for one request or one subscription wait for the thread that takes them, while others that came by the same
 * connection go on. So it is bounded: of what belongs to a request the oldest notifications are dropped, a subscription that is
 * not taken ends; the same news is not kept twice.
 */
final class Mailbox implements Answer {

    private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);
    private static final int MOST_WAITING = 1_000;

    private record Entry(ObjectNode message, int bytes) {}

    private final String server;
    private final int maxBytes;
    private final boolean lossy;
    private final Runnable whenGivenUp;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Entry> waiting = new ArrayDeque<>();
    private int bytes;
    private boolean dropping;
    private @Nullable ObjectNode response;
    private boolean over;
    private boolean closed;
    private @Nullable McpClientException failure;

    private Mailbox(String server, int maxBytes, boolean lossy, Runnable whenGivenUp) {
        this.server = server;
        this.maxBytes = maxBytes;
        this.lossy = lossy;
        this.whenGivenUp = whenGivenUp;
    }

    /** @param whenGivenUp called when nobody waits for the response any more */
    static Mailbox ofRequest(String server, int maxBytes, Runnable whenGivenUp) {
        return new Mailbox(server, maxBytes, true, whenGivenUp);
    }

    /** @param whenGivenUp called when the subscription is closed before it has ended */
    static Mailbox ofSubscription(String server, int maxBytes, Runnable whenGivenUp) {
        return new Mailbox(server, maxBytes, false, whenGivenUp);
    }

    /** A notification came. */
    void add(ObjectNode notification, int size) {
        lock.lock();
        try {
            if (over || closed) {
                return;
            }
            Entry entry = new Entry(notification, size);
            if (!lossy && waiting.contains(entry)) {
                return;
            }
            waiting.add(entry);
            bytes += size;
            while (waiting.size() > MOST_WAITING || (bytes > maxBytes && waiting.size() > 1)) {
                overflow();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void overflow() {
        if (!lossy) {
            waiting.clear();
            bytes = 0;
            over = true;
            failure = McpClientException.unable(
                    "A subscription at " + server + " ended: more changes came than its handler took.",
                    "Listen again, and let the handler do its work elsewhere.");
            return;
        }
        bytes -= waiting.remove().bytes();
        if (!dropping) {
            dropping = true;
            LOG.warn(
                    "{} sends notifications faster than their listener takes them; the oldest ones are dropped",
                    server);
        }
    }

    /** The response came: nothing comes after it. */
    void respond(ObjectNode message) {
        lock.lock();
        try {
            if (!over) {
                over = true;
                response = message;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nothing will come. What came already can be taken. */
    void fail(McpClientException reason) {
        lock.lock();
        try {
            if (!over) {
                over = true;
                failure = reason;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<ObjectNode> next(Deadline deadline) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                if (closed) {
                    throw McpClientException.cancelled("The request to " + server);
                }
                Entry entry = waiting.poll();
                if (entry != null) {
                    bytes -= entry.bytes();
                    return Optional.of(entry.message());
                }
                if (response != null) {
                    ObjectNode last = response;
                    response = null;
                    return Optional.of(last);
                }
                if (failure != null) {
                    throw failure;
                }
                if (over) {
                    return Optional.empty();
                }
                long left = deadline.left();
                if (left <= 0) {
                    throw McpClientException.timeout(server);
                }
                changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        boolean givenUp;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            givenUp = !over;
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (givenUp) {
            whenGivenUp.run();
        }
    }
}
