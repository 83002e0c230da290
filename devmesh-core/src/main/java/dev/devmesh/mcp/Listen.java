package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.content.ContentForm;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One open {@code subscriptions/listen}: what it wants to hear of, and what it has not been sent yet.
 *
 * <p>Safe for use by many threads.
 */
final class Listen implements Hearer, McpOutbox, McpCall {

    /** Told once when a listen is over. */
    @FunctionalInterface
    interface OnEnd {
        void ended(Listen listen, String reason, int unsent);
    }

    static final String CLOSING = "server is closing";

    private enum Phase {
        NEW,
        OPEN,
        ENDED
    }

    private final JsonNode id;
    private final Principal principal;
    private final Set<Topic> topics;
    private final Reply reply;
    private final OnEnd onEnd;
    private final ReentrantLock lock = new ReentrantLock();
    private final Untold untold = new Untold();
    private Phase phase = Phase.NEW;
    private boolean acknowledged;
    private @Nullable String finishing;
    private volatile Runnable wake = () -> {};

    /** @param topics what it will hear of, in the order of the request */
    Listen(JsonNode id, Principal principal, Set<Topic> topics, Reply reply, OnEnd onEnd) {
        this.id = id;
        this.principal = principal;
        this.topics = topics;
        this.reply = reply;
        this.onEnd = onEnd;
    }

    @Override
    public Principal principal() {
        return principal;
    }

    @Override
    public Set<Topic> topics() {
        return topics;
    }

    /** Begins to send: the acknowledgement, then what has changed in the meantime. */
    void begin() {
        wake = reply.stream(this);
        String finish;
        lock.lock();
        try {
            phase = phase == Phase.NEW ? Phase.OPEN : phase;
            finish = finishing;
        } finally {
            lock.unlock();
        }
        wake.run(); // for what came before there was anybody to wake
        if (finish != null) {
            finish(finish);
        }
    }

    @Override
    public void tell(Topic topic, ObjectNode details) {
        boolean waited;
        lock.lock();
        try {
            if (phase == Phase.ENDED) {
                return;
            }
            waited = untold.add(topic, details);
        } finally {
            lock.unlock();
        }
        if (!waited) {
            wake.run();
        }
    }

    @Override
    public Optional<McpEvent> next() {
        lock.lock();
        try {
            if (!acknowledged) {
                acknowledged = true;
                return Optional.of(McpEvent.of(acknowledgement()));
            }
            return untold.take().map(news -> McpEvent.of(notification(news)));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void cancel(String reason) {
        int left = end();
        if (left >= 0) {
            reply.abandon();
            onEnd.ended(this, reason, left);
        }
    }

    @Override
    public void finish() {
        finish(CLOSING);
    }

    /** The server ends it: what waits goes out as far as the client has room, then the response. */
    @Override
    public void finish(String reason) {
        lock.lock();
        try {
            finishing = reason;
            if (phase == Phase.NEW) {
                return; // begin() comes back here: the acknowledgement goes first
            }
        } finally {
            lock.unlock();
        }
        if (end() >= 0) {
            ObjectNode meta = Json.object();
            meta.set(McpRequest.SUBSCRIPTION_ID, id);
            reply.complete(out -> {}, meta);
            onEnd.ended(this, reason, 0);
        }
    }

    /** Ends it, once: how many messages wait, or -1 if it had ended before. */
    private int end() {
        lock.lock();
        try {
            if (phase == Phase.ENDED) {
                return -1;
            }
            phase = Phase.ENDED;
            return untold.size();
        } finally {
            lock.unlock();
        }
    }

    private JsonWritable acknowledgement() {
        Map<Topic.Kind, List<String>> honoured = new EnumMap<>(Topic.Kind.class);
        for (Topic.Kind kind : Topic.Kind.values()) {
            List<String> names = topics.stream()
                    .filter(topic -> topic.kind() == kind)
                    .map(Topic::name)
                    .toList();
            if (!names.isEmpty()) {
                honoured.put(kind, names);
            }
        }
        return Wire.notification("notifications/subscriptions/acknowledged", out -> {
            writeMeta(out);
            out.writeObjectPropertyStart("notifications");
            honoured.forEach((kind, names) -> {
                if (kind.isNamed()) {
                    ContentForm.texts(out, kind.filter(), names);
                } else {
                    out.writeBooleanProperty(kind.filter(), true);
                }
            });
            out.writeEndObject();
        });
    }

    private JsonWritable notification(Untold.News news) {
        return news.topic().notification(news.details(), this::writeMeta);
    }

    private void writeMeta(JsonGenerator out) {
        out.writeObjectPropertyStart("_meta");
        out.writeName(McpRequest.SUBSCRIPTION_ID);
        out.writeTree(id);
        out.writeEndObject();
    }
}
