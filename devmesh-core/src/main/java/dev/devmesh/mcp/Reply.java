package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.content.ContentForm;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The way back of one request: exactly one response, or none after the client has given up.
 *
 * <p>Safe for use by many threads.
 */
final class Reply {

    private static final ObjectNode NOTHING_MORE = Json.object();

    private final JsonNode id;
    private final Revision revision;
    private final McpExchange exchange;
    private final ServerFace face;
    private final Runnable onEnd;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean left = new AtomicBoolean();

    /**
     * @param revision in which the answer is worded
     * @param onEnd run once, when nothing more will be sent or the answer has become a stream
     */
    Reply(JsonNode id, Revision revision, McpExchange exchange, ServerFace face, Runnable onEnd) {
        this.id = id;
        this.revision = revision;
        this.exchange = exchange;
        this.face = face;
        this.onEnd = onEnd;
    }

    /** In which the answer is worded. */
    Revision revision() {
        return revision;
    }

    /** Answers with a complete result of these members. */
    void complete(Wire.Members members) {
        complete(members, NOTHING_MORE);
    }

    /** Answers with a complete result of these members, and these in its {@code _meta}. */
    void complete(Wire.Members members, ObjectNode meta) {
        succeed("complete", members, meta);
    }

    /** Answers with a complete result of these members that clients may keep for a while. */
    void completeCacheable(Wire.Members members) {
        complete(out -> {
            members.writeTo(out);
            if (!revision.hasSessions()) {
                face.writeCacheHints(out);
            }
        });
    }

    /** Answers with a complete result of these members that this caller, and nobody else, may keep for so long. */
    void completeCacheable(Wire.Members members, Duration time) {
        complete(out -> {
            members.writeTo(out);
            if (!revision.hasSessions()) {
                ServerFace.writeCacheHints(out, time);
            }
        });
    }

    /** Answers that the result can be fetched later: these members say of which task. */
    void promise(Wire.Members members) {
        succeed("task", members, NOTHING_MORE);
    }

    /** Answers that the client must ask somebody first: these members say whom and what. */
    void requireInput(Wire.Members members) {
        succeed("input_required", members, NOTHING_MORE);
    }

    private void succeed(String resultType, Wire.Members members, ObjectNode meta) {
        JsonWritable result = Wire.result(id, out -> {
            if (revision.hasSessions()) {
                members.writeTo(out);
                ContentForm.meta(out, meta);
            } else {
                out.writeStringProperty("resultType", resultType);
                members.writeTo(out);
                face.writeMeta(out, meta);
            }
        });
        answer(() -> exchange.answer(200, result, Duration.ZERO));
    }

    /** Answers with an error. */
    void fail(McpError error) {
        McpError worded = RevisionShape.of(revision).error(error);
        answer(() -> worded.answer(exchange, Wire.error(id, worded)));
    }

    /**
     * Asks the client something ahead of the response. Only for clients with sessions.
     *
     * @return false if it cannot be asked any more
     */
    boolean ask(JsonWritable request) {
        return !ended.get() && ((SessionExchange) exchange).ask(request);
    }

    /** Makes the answer a stream now, if the client can come back to it. */
    void beginStream() {
        if (exchange instanceof SessionExchange inSession) {
            inSession.beginStream();
        }
    }

    /** Lets the client go until later, if it can come back. */
    void closeStream(Duration comeBackAfter) {
        if (!ended.get() && exchange instanceof SessionExchange inSession) {
            inSession.closeStream(comeBackAfter);
        }
    }

    /** Sends a notification ahead of the response. */
    void push(JsonWritable notification) {
        if (!ended.get()) {
            exchange.push(notification);
        }
    }

    /**
     * Answers with a stream that lasts until {@link #complete} or {@link #abandon}. It may be days: the request gives its
     * place among those under way back.
     *
     * @return what to run when something was put into the box
     */
    Runnable stream(McpOutbox outbox) {
        leave();
        return exchange.stream(outbox);
    }

    /** The client has gone: nothing is sent any more. */
    void abandon() {
        if (ended.compareAndSet(false, true)) {
            leave();
            if (exchange instanceof SessionExchange inSession) {
                inSession.abandoned();
            }
        }
    }

    private void answer(Runnable response) {
        if (ended.compareAndSet(false, true)) {
            leave();
            response.run();
        }
    }

    private void leave() {
        if (left.compareAndSet(false, true)) {
            onEnd.run();
        }
    }
}
