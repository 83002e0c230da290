package dev.devmesh.mcp;

import dev.devmesh.json.JsonWritable;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is to leave by one connection, in the order in which it came up.
 *
 * <p>Two kinds of things wait: messages, and boxes that have some. A box waits at most once, gives one message when its turn comes,
 * and goes to the end if it may have more: so a listen with much to tell holds up nothing else.
 *
 * <p>Safe for use by many threads.
 */
final class ConnectionOutbox {

    /** So many messages may wait before those are dropped that nobody depends on. */
    static final int ROOM = 256;

    private sealed interface Item {}

    private record Ready(JsonWritable message) implements Item {}

    private record Box(McpOutbox outbox) implements Item {}

    /** A box that is emptied before the messages behind it. */
    private record Last(McpOutbox outbox) implements Item {}

    private final Runnable wake;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Item> waiting = new ArrayDeque<>();
    private boolean closed;

    ConnectionOutbox(Runnable wake) {
        this.wake = wake;
    }

    /** Adds a message if nobody waits for it too long; false if it was dropped. */
    boolean offer(JsonWritable message) {
        return add(new Ready(message), ROOM);
    }

    /** Adds a message; false if the connection is gone. */
    boolean add(JsonWritable message) {
        return add(new Ready(message), Integer.MAX_VALUE);
    }

    private boolean add(Item item, int room) {
        lock.lock();
        try {
            if (closed || waiting.size() >= room) {
                return false;
            }
            waiting.add(item);
        } finally {
            lock.unlock();
        }
        wake.run();
        return true;
    }

    /** A box may have something. */
    void ready(McpOutbox outbox) {
        Box box = new Box(outbox);
        lock.lock();
        try {
            if (closed || waiting.contains(box)) {
                return;
            }
            waiting.add(box);
        } finally {
            lock.unlock();
        }
        wake.run();
    }

    /**
     * A request ends: in one step it is forgotten, and what it leaves is here to be sent.
     *
     * @param box is emptied first, or null if the request has none
     */
    void end(Runnable forgetting, @Nullable McpOutbox box, JsonWritable... messages) {
        lock.lock();
        try {
            forgetting.run();
            if (closed) {
                return;
            }
            if (box != null) {
                waiting.remove(new Box(box));
                waiting.add(new Last(box));
            }
            for (JsonWritable message : messages) {
                waiting.add(new Ready(message));
            }
        } finally {
            lock.unlock();
        }
        wake.run();
    }

    /** Whether nothing waits, and this holds as well at the same moment. */
    boolean isEmptyAnd(BooleanSupplier condition) {
        lock.lock();
        try {
            return waiting.isEmpty() && condition.getAsBoolean();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more of a box goes out. */
    void forget(McpOutbox outbox) {
        lock.lock();
        try {
            waiting.remove(new Box(outbox));
        } finally {
            lock.unlock();
        }
    }

    /** Takes out what is next. */
    Optional<McpEvent> next() {
        lock.lock();
        try {
            for (Item item = waiting.poll(); item != null; item = waiting.poll()) {
                if (item instanceof Ready ready) {
                    return Optional.of(McpEvent.of(ready.message()));
                }
                McpOutbox box = item instanceof Last last ? last.outbox() : ((Box) item).outbox();
                Optional<McpEvent> event = box.next();
                if (event.isPresent()) {
                    if (item instanceof Last) {
                        waiting.addFirst(item);
                    } else {
                        waiting.add(item);
                    }
                    return event;
                }
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** The connection is gone: what waits is forgotten, and nothing is taken any more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
        } finally {
            lock.unlock();
        }
    }
}
