package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.limit.Charge;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * One POST of a session: one request, or a batch of them. One request that nothing precedes is answered in one piece; else the answer
 * is a stream of the session, to which the client can come back. A client that went before there was one cannot: it knows no event
 * to name.
 *
 * <p>Safe for use by many threads.
 */
final class SessionPost implements McpCall {

    private static final Logger LOG = LoggerFactory.getLogger(SessionPost.class);

    private final HttpSession session;
    private final McpExchange http;
    private final ReentrantLock lock = new ReentrantLock();
    private int unanswered;
    private @Nullable SessionStream stream;
    private SessionStream.@Nullable Attachment attachment;
    private boolean gone;

    /**
     * @param requests how many responses there will be, at least 1
     * @param batch whether they came as one, so that one response alone is no answer
     */
    SessionPost(HttpSession session, McpExchange http, int requests, boolean batch) {
        this.session = session;
        this.http = http;
        this.unanswered = requests;
        if (batch) {
            begunStream();
        }
    }

    /** The way back of one of the requests. */
    SessionExchange exchange(JsonNode id) {
        return new Posted(id);
    }

    /** The answer as a stream, from now on; null if it was given already, or nobody can come for it. */
    private @Nullable SessionStream begunStream() {
        SessionStream begun;
        SessionStream.Attachment first;
        lock.lock();
        try {
            if (stream != null || gone || unanswered == 0) {
                return stream;
            }
            begun = session.newStream();
            first = begun.attach(0);
            stream = begun;
            attachment = first;
        } finally {
            lock.unlock();
        }
        first.wakes(http.stream(first));
        return begun;
    }

    private void answer(int status, JsonNode id, JsonWritable message, Duration retryAfter) {
        SessionStream begun = decided();
        if (begun == null) {
            http.answer(status, message, retryAfter);
            return;
        }
        try {
            begun.add(message);
        } catch (RuntimeException fault) {
            LOG.error("an answer could not be written as JSON", fault);
            begun.add(Wire.error(id, McpError.panic()));
        }
        oneLess(begun);
    }

    /** One of the requests ends without a response. */
    private void end() {
        SessionStream begun = decided();
        if (begun == null) {
            http.accept();
        } else {
            oneLess(begun);
        }
    }

    /** The stream of the answer; null if there is none, and then there will be none. */
    private @Nullable SessionStream decided() {
        lock.lock();
        try {
            if (stream == null) {
                unanswered = 0;
            }
            return stream;
        } finally {
            lock.unlock();
        }
    }

    /** After the response was added, so that the last one to come here finds all of them there. */
    private void oneLess(SessionStream begun) {
        boolean last;
        lock.lock();
        try {
            last = --unanswered == 0;
        } finally {
            lock.unlock();
        }
        if (last) {
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
        public String remoteAddress() {
            return http.remoteAddress();
        }

        @Override
        public void charged(Charge charge) {
            http.charged(charge);
        }

        @Override
        public TraceContext trace() {
            return http.trace();
        }

        @Override
        public void joins(TraceContext trace) {
            http.joins(trace);
        }

        @Override
        public Optional<McpHeaders> headers() {
            return Optional.empty();
        }

        @Override
        public void answer(int status, JsonWritable message, Duration retryAfter) {
            session.requests().close(id);
            SessionPost.this.answer(status, id, message, retryAfter);
        }

        @Override
        public void lacksScope(String scope) {
            http.lacksScope(scope);
        }

        @Override
        public void refused(int status, JsonWritable error) {
            SessionPost.this.answer(status, id, error, Duration.ZERO);
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
            SessionStream begun = begunStream();
            return begun != null && begun.offer(notification);
        }

        @Override
        public boolean ask(JsonWritable request) {
            SessionStream begun = begunStream();
            return begun != null && begun.add(request);
        }

        @Override
        public void beginStream() {
            begunStream();
        }

        @Override
        public void closeStream(Duration comeBackAfter) {
            SessionStream begun = session.canComeBack() ? begunStream() : null;
            if (begun != null) {
                begun.pause(comeBackAfter);
            }
        }

        @Override
        public Runnable stream(McpOutbox outbox) {
            throw new IllegalStateException("no method of a session streams of its own");
        }
    }
}
