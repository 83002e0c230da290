package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.json.JsonWritable;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One POST of a session: one request, or a batch of them. One request that nothing precedes is answered in one piece; else the answer
 * is a stream of the session, to which the client can come back.
 *
 * <p>Safe for use by many threads.
 */
final class SessionPost implements McpCall {

    private final HttpSession session;
    private final McpExchange http;
    private final ReentrantLock lock = new ReentrantLock();
    private int unanswered;
    private @Nullable SessionStream stream;
    private SessionStream.@Nullable Attachment attachment;
    private boolean gone;

    /** @param requests how many responses there will be, at least 1 */
    SessionPost(HttpSession session, McpExchange http, int requests) {
        this.session = session;
        this.http = http;
        this.unanswered = requests;
        if (requests > 1) {
            begunStream();
        }
    }

    /** The way back of one of the requests. */
    SessionExchange exchange(JsonNode id) {
        return new Posted(id);
    }

    /** The answer as a stream, from now on. */
    private SessionStream begunStream() {
        SessionStream begun;
        SessionStream.Attachment first;
        lock.lock();
        try {
            if (stream != null) {
                return stream;
            }
            begun = session.newStream();
            stream = begun;
            if (gone) {
                return begun; // for whoever comes back
            }
            first = begun.attach(0);
            attachment = first;
        } finally {
            lock.unlock();
        }
        first.wakes(http.stream(first));
        return begun;
    }

    private void answer(int status, JsonWritable message, Duration retryAfter) {
        SessionStream begun;
        boolean last;
        lock.lock();
        try {
            begun = stream;
            last = --unanswered == 0;
        } finally {
            lock.unlock();
        }
        if (begun == null) {
            http.answer(status, message, retryAfter);
            return;
        }
        begun.add(message);
        if (last) {
            begun.complete();
        }
    }

    private void end() {
        SessionStream begun;
        boolean last;
        lock.lock();
        try {
            begun = stream;
            last = --unanswered == 0;
        } finally {
            lock.unlock();
        }
        if (begun == null) {
            http.accept();
        } else if (last) {
            begun.complete();
        }
    }

    /** Work goes on: the client may come back for what comes of it, or cancel it by a message of its own. */
    @Override
    public void disconnected(String reason) {
        SessionStream.Attachment lost;
        lock.lock();
        try {
            gone = true;
            lost = attachment;
        } finally {
            lock.unlock();
        }
        if (lost != null) {
            lost.detach();
        }
    }

    @Override
    public void cancel(String reason) {
        disconnected(reason);
    }

    /** The client cannot reach this process any more with what it is asked for. */
    @Override
    public void finish() {
        session.session().questions().closeAll();
    }

    private final class Posted implements SessionExchange {

        private final JsonNode id;

        private Posted(JsonNode id) {
            this.id = id;
        }

        @Override
        public Principal principal() {
            return http.principal();
        }

        @Override
        public Optional<McpHeaders> headers() {
            return Optional.empty();
        }

        @Override
        public void answer(int status, JsonWritable message, Duration retryAfter) {
            session.requests().close(id);
            SessionPost.this.answer(status, message, retryAfter);
        }

        @Override
        public void refused(int status, JsonWritable error) {
            SessionPost.this.answer(status, error, Duration.ZERO);
        }

        @Override
        public void accept() {
            session.requests().close(id);
            end();
        }

        @Override
        public void abandoned() {
            accept();
        }

        @Override
        public boolean push(JsonWritable notification) {
            return begunStream().offer(notification);
        }

        @Override
        public boolean ask(JsonWritable request) {
            return !session.isOver() && begunStream().add(request);
        }

        @Override
        public void beginStream() {
            begunStream();
        }

        @Override
        public void closeStream(Duration comeBackAfter) {
            if (session.canComeBack()) {
                begunStream().pause(comeBackAfter);
            }
        }

        @Override
        public Runnable stream(McpOutbox outbox) {
            throw new IllegalStateException("no method of a session streams of its own");
        }
    }
}
