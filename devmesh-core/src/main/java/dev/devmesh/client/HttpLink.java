package dev.devmesh.client;

import dev.devmesh.Revision;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** A session over Streamable HTTP: every message from here is a POST; what belongs to no request comes by a stream of its own. */
final class HttpLink implements Link {

    private static final Logger LOG = LoggerFactory.getLogger(HttpLink.class);
    private static final Duration FOREVER = Duration.ofDays(10_000);

    /** Many a server sends the head of a stream with its first event only, which may be a long time. */
    private static final Duration LONGEST_WAIT_FOR_HEAD = Duration.ofSeconds(3);

    private static final Duration LONGEST_FAREWELL = Duration.ofSeconds(2);
    private static final int NO_SUCH_METHOD = -32601;

    private final HttpEndpoint endpoint;
    private final Map<String, String> headers;
    private final boolean hasId;
    private final Executor threads;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Inbound inbound;
    private @Nullable ResumingAnswer stream;

    HttpLink(HttpEndpoint endpoint, Revision revision, Optional<String> sessionId, Executor threads) {
        this.endpoint = endpoint;
        this.threads = threads;
        this.hasId = sessionId.isPresent();
        Map<String, String> all = new LinkedHashMap<>();
        sessionId.ifPresent(id -> all.put("Mcp-Session-Id", id));
        if (revision.isAtLeast(Revision.V2025_06_18)) {
            all.put("MCP-Protocol-Version", revision.date());
        }
        this.headers = Map.copyOf(all);
    }

    @Override
    public Answer send(Outgoing request) {
        return new ResumingAnswer(
                endpoint,
                headers,
                endpoint.post(request.message(), headers),
                () -> request.cancellation().ifPresent(this::tell));
    }

    @Override
    public CompletableFuture<Void> tell(ObjectNode message) {
        CompletableFuture<Void> told;
        try {
            told = endpoint.tell(message, headers);
        } catch (IllegalStateException e) {
            return CompletableFuture.failedFuture(e); // closed: nothing needs to be told any more
        }
        told.whenComplete((done, problem) -> {
            if (problem != null) {
                LOG.debug("a message was not taken by {}", endpoint.server(), problem);
            }
        });
        return told;
    }

    @Override
    public void attach(Inbound taker) {
        inbound = taker;
    }

    @Override
    public void hear(Duration atMost) {
        boolean listening = false;
        HttpAnswer answer = null;
        lock.lock();
        try {
            if (stream != null) {
                return;
            }
            answer = endpoint.get(headers);
            awaitHead(answer, atMost.compareTo(LONGEST_WAIT_FOR_HEAD) < 0 ? atMost : LONGEST_WAIT_FOR_HEAD);
            ResumingAnswer opened = new ResumingAnswer(endpoint, headers, answer, () -> {});
            threads.execute(() -> listen(opened));
            stream = opened;
            listening = true;
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("This client has no thread left to listen, or is closed.", e);
        } finally {
            lock.unlock();
            if (!listening && answer != null) {
                answer.close();
            }
        }
    }

    private void awaitHead(HttpAnswer answer, Duration atMost) {
        try {
            if (!answer.awaitHead(atMost)) {
                LOG.debug(
                        "{} has not begun its stream yet; taken as a server that does with the first event",
                        endpoint.server());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw McpClientException.cancelled("Listening to " + endpoint.server());
        } catch (McpClientException e) {
            if (e.status() == 405) {
                throw McpClientException.unable(
                        endpoint.server() + " tells of nothing by itself: it has no stream for that (HTTP 405).",
                        "Ask for what you need from time to time.");
            }
            throw e;
        }
    }

    private void listen(ResumingAnswer opened) {
        McpClientException reason = McpClientException.brokeOff(endpoint.server());
        try (opened) {
            Optional<ObjectNode> message = opened.next(Deadline.in(FOREVER));
            while (message.isPresent()) {
                take(message.get());
                message = opened.next(Deadline.in(FOREVER));
            }
        } catch (McpClientException e) {
            reason = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the client is closed
            reason = McpClientException.cancelled("Listening to " + endpoint.server());
        }
        lock.lock();
        try {
            stream = null;
        } finally {
            lock.unlock();
        }
        Inbound taker = inbound;
        if (taker != null) {
            taker.unheard(reason);
        }
    }

    private void take(ObjectNode message) {
        Inbound taker = inbound;
        if (taker == null || !message.has("method")) {
            return; // responses come by the streams of their requests
        }
        if (message.has("id")) {
            taker.asked(message);
        } else {
            taker.told(message);
        }
    }

    /** An error that says there is no such method is not about the session, whatever the status is. */
    @Override
    public boolean isLost(McpClientException refusal) {
        return hasId && refusal.status() == 404 && refusal.rpcCode() != NO_SUCH_METHOD;
    }

    /** Waits a moment at most: a server that does not hear it ends the session by itself some day. */
    @Override
    public void end() {
        if (!hasId) {
            return;
        }
        try {
            endpoint.delete(headers).get(LONGEST_FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("{} was not told that the session is over", endpoint.server(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
