package dev.devmesh.client;

import dev.devmesh.json.Json;
import dev.devmesh.json.MalformedJson;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The answer to one POST or GET: a JSON object or an event stream of them.
 *
 * <p>The HTTP client pushes bytes in, one piece for each piece that was asked for, and more is asked for only when every message
 * was taken. So a server that sends faster than its messages are taken fills its own buffers, not this heap.
 */
final class HttpAnswer implements Answer, HttpResponse.BodyHandler<Void>, HttpResponse.BodySubscriber<Void> {

    /** How long the end of an answered stream is waited for, so that its connection can serve the next request. */
    private static final long LINGER_MILLIS = 1_000;

    private final String server;
    private final int maxMessageBytes;
    private final InstantSource clock;
    private final Consumer<HttpAnswer> whenOver;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<ObjectNode> ready = new ArrayDeque<>();
    private @Nullable CompletableFuture<HttpResponse<Void>> exchange;
    private @Nullable Framing framing;
    private @Nullable SseReader events;
    private Flow.@Nullable Subscription body;
    private @Nullable McpClientException failure;
    private Optional<Duration> retryAfter = Optional.empty();
    private Optional<String> sessionId = Optional.empty();
    private Optional<Duration> comeBackAfter = Optional.empty();
    private String lastEventId = "";
    private int status;
    private boolean asked; // a piece of the body, and it has not come yet
    private boolean responded;
    private boolean over; // nothing will come any more
    private boolean closed;

    /** @param whenOver called when nothing is left to close */
    HttpAnswer(String server, int maxMessageBytes, InstantSource clock, Consumer<HttpAnswer> whenOver) {
        this.server = server;
        this.maxMessageBytes = maxMessageBytes;
        this.clock = clock;
        this.whenOver = whenOver;
    }

    /** Called once, with what {@code sendAsync} returned: only cancelling that very future ends the exchange. */
    void answers(CompletableFuture<HttpResponse<Void>> sent) {
        boolean late;
        lock.lock();
        try {
            exchange = sent;
            late = over;
        } finally {
            lock.unlock();
        }
        if (late) {
            sent.cancel(true);
        }
        sent.whenComplete((response, problem) -> {
            if (problem != null) {
                onError(problem);
            }
        });
    }

    @Override
    public Optional<ObjectNode> next(Deadline deadline) throws InterruptedException {
        while (true) {
            Flow.Subscription more;
            lock.lockInterruptibly();
            try {
                if (closed) {
                    throw McpClientException.cancelled("The request to " + server);
                }
                ObjectNode message = ready.poll();
                if (message != null) {
                    return Optional.of(message);
                }
                if (failure != null) {
                    throw failure;
                }
                if (over) {
                    return Optional.empty();
                }
                more = askForMore();
                if (more == null) {
                    long left = deadline.left();
                    if (left <= 0) {
                        throw McpClientException.timeout(server);
                    }
                    changed.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
            request(more);
        }
    }

    /** What to ask for the next piece, if it is time to. Under the lock. */
    private Flow.@Nullable Subscription askForMore() {
        if (body == null || asked || over) {
            return null;
        }
        asked = true;
        return body;
    }

    /** Not under the lock: the HTTP client may deliver from within, or hold locks of its own. */
    private static void request(Flow.@Nullable Subscription more) {
        if (more != null) {
            more.request(1);
        }
    }

    @Override
    public int status() {
        lock.lock();
        try {
            return status;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<Duration> retryAfter() {
        lock.lock();
        try {
            return retryAfter;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<String> sessionId() {
        lock.lock();
        try {
            return sessionId;
        } finally {
            lock.unlock();
        }
    }

    /** The id of the last event that came complete, or empty. */
    String lastEventId() {
        lock.lock();
        try {
            return lastEventId;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the server does not serve the request, or was never reached: then there is nothing to cancel. */
    boolean isRefused() {
        lock.lock();
        try {
            return over && failure != null && (status == 0 || status / 100 != 2);
        } finally {
            lock.unlock();
        }
    }

    /** When the server wants its client back after the stream has ended, if it said so. */
    Optional<Duration> comeBackAfter() {
        lock.lock();
        try {
            return comeBackAfter;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the server has begun to answer.
     *
     * @return whether it has
     * @throws McpClientException if it refused, or cannot be reached
     * @throws InterruptedException if the thread was interrupted
     */
    boolean awaitHead(Duration atMost) throws InterruptedException {
        Deadline deadline = Deadline.in(atMost);
        lock.lockInterruptibly();
        try {
            while ((body == null || framing == null) && failure == null && !over && !closed) {
                long left = deadline.left();
                if (left <= 0) {
                    return false;
                }
                changed.awaitNanos(left);
            }
            if (failure != null) {
                throw failure;
            }
            if (status != 0 && status / 100 != 2) {
                throw McpClientException.status(server, status, retryAfter); // what its body says is of no use here
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        boolean linger;
        Flow.Subscription more;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            ready.clear();
            changed.signalAll();
            linger = responded && !over;
            more = linger ? askForMore() : null;
        } finally {
            lock.unlock();
        }
        if (linger) {
            request(more);
            CompletableFuture.delayedExecutor(LINGER_MILLIS, TimeUnit.MILLISECONDS)
                    .execute(this::drop);
        } else {
            drop();
        }
    }

    /** Closes the connection, unless the answer is over: then the connection may serve another request by now. */
    void drop() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        end(null, true);
    }

    private void end(@Nullable McpClientException reason, boolean abort) {
        CompletableFuture<HttpResponse<Void>> pending;
        Flow.Subscription rest;
        lock.lock();
        try {
            if (over) {
                return;
            }
            over = true;
            failure = reason;
            changed.signalAll();
            pending = exchange;
            rest = body;
        } finally {
            lock.unlock();
        }
        if (abort && pending != null) {
            pending.cancel(true);
        }
        if (abort && rest != null) {
            rest.cancel();
        }
        whenOver.accept(this);
    }

    @Override
    public HttpResponse.BodySubscriber<Void> apply(HttpResponse.ResponseInfo head) {
        String type = head.headers().firstValue("content-type").orElse("").toLowerCase(Locale.ROOT);
        lock.lock();
        try {
            status = head.statusCode();
            retryAfter = retryAfter(head.headers());
            sessionId = head.headers().firstValue("mcp-session-id");
            if (type.startsWith("text/event-stream")) {
                events = new SseReader(maxMessageBytes);
                framing = events;
            } else if (type.startsWith("application/json")) {
                framing = new WholeBody(maxMessageBytes);
            }
        } finally {
            lock.unlock();
        }
        return this;
    }

    private Optional<Duration> retryAfter(HttpHeaders headers) {
        String value = headers.firstValue("retry-after").orElse("").strip();
        if (value.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        try {
            Duration left = Duration.between(
                    clock.instant(),
                    ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return Optional.of(left.isNegative() ? Duration.ZERO : left);
        } catch (DateTimeException e) {
            return Optional.empty(); // absent, or in neither of its two forms
        }
    }

    @Override
    public CompletionStage<Void> getBody() {
        return CompletableFuture.completedFuture(null); // next() takes the body
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        boolean unwanted;
        McpClientException refusal = null;
        lock.lock();
        try {
            body = subscription;
            unwanted = over;
            if (framing == null) {
                refusal = McpClientException.status(server, status, retryAfter);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (unwanted) {
            subscription.cancel();
        } else if (refusal != null) {
            end(refusal, true);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        take(reader -> pieces.forEach(piece -> reader.read(piece).forEach(this::event)));
        Flow.Subscription more;
        lock.lock();
        try {
            asked = false;
            if (events != null) {
                lastEventId = events.lastEventId();
                comeBackAfter = events.retry();
            }
            changed.signalAll();
            more = closed ? askForMore() : null; // closed and not over: only the end is waited for
        } finally {
            lock.unlock();
        }
        request(more);
    }

    @Override
    public void onComplete() {
        take(reader -> reader.end().forEach(this::arrived));
        end(null, false);
    }

    @Override
    public void onError(Throwable problem) {
        Throwable cause =
                problem instanceof CompletionException && problem.getCause() != null ? problem.getCause() : problem;
        end(McpClientException.unreachable(server, cause), false);
    }

    private void take(Consumer<Framing> step) {
        Framing reader;
        lock.lock();
        try {
            reader = closed || over ? null : framing;
        } finally {
            lock.unlock();
        }
        if (reader == null) {
            return;
        }
        try {
            step.accept(reader);
        } catch (Framing.TooLong e) {
            end(McpClientException.protocol(server, e.getMessage(), e), true);
        } catch (MalformedJson e) {
            boolean refused = status() != 200; // whatever the body was meant to say
            end(
                    refused
                            ? McpClientException.status(server, status(), retryAfter())
                            : McpClientException.protocol(server, "a message is not JSON (" + e.getMessage() + ")", e),
                    true);
        }
    }

    /** An event without data only shows how far the stream is. */
    private void event(byte[] json) {
        if (json.length > 0) {
            arrived(json);
        }
    }

    private void arrived(byte[] json) {
        JsonNode value = Json.parse(json);
        if (value instanceof ObjectNode message) {
            arrived(message);
        } else if (value instanceof ArrayNode batch && isBatch(batch)) {
            batch.forEach(message -> arrived((ObjectNode) message));
        } else {
            end(McpClientException.protocol(server, "a message is not a JSON object"), true);
        }
    }

    /** Revision 2025-03-26 has several messages in one. */
    private static boolean isBatch(ArrayNode array) {
        for (JsonNode entry : array) {
            if (!entry.isObject()) {
                return false;
            }
        }
        return !array.isEmpty();
    }

    private void arrived(ObjectNode message) {
        lock.lock();
        try {
            responded |= !message.has("method");
            ready.add(message);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
