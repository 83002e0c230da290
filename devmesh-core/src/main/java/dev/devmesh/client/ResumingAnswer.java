package dev.devmesh.client;

import dev.devmesh.ErrorCode;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A stream of a session. When it breaks off, or the server closes it for a while, its rest is asked for by the id of its last
 * event. A stream whose events have no ids is lost with its connection.
 */
final class ResumingAnswer implements Answer {

    private static final Logger LOG = LoggerFactory.getLogger(ResumingAnswer.class);
    private static final int MOST_FAILURES = 5;
    private static final Duration USUAL_PAUSE = Duration.ofSeconds(1);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final long CLOSING_IS_NOTICED_AFTER = TimeUnit.MILLISECONDS.toNanos(200);

    private final HttpEndpoint endpoint;
    private final Map<String, String> headers;
    private final Runnable whenGivenUp;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private HttpAnswer current;
    private boolean responded;
    private boolean closed;

    // of the thread that takes
    private String lastEventId = "";
    private Duration pause = USUAL_PAUSE;
    private int failures;

    /** @param whenGivenUp called when it is closed before the response came */
    ResumingAnswer(HttpEndpoint endpoint, Map<String, String> headers, HttpAnswer first, Runnable whenGivenUp) {
        this.endpoint = endpoint;
        this.headers = headers;
        this.current = first;
        this.whenGivenUp = whenGivenUp;
    }

    @Override
    public Optional<ObjectNode> next(Deadline deadline) throws InterruptedException {
        while (true) {
            HttpAnswer answer = current();
            Optional<ObjectNode> message = Optional.empty();
            McpClientException broken = McpClientException.brokeOff(endpoint.server());
            try {
                message = answer.next(deadline);
            } catch (McpClientException e) {
                broken = broken(answer, e);
            }
            if (message.isEmpty()) {
                resume(answer, broken, deadline);
                continue;
            }
            if (isResumed() && answer.status() != 200) {
                throw lost(McpClientException.status(endpoint.server(), answer.status(), answer.retryAfter()));
            }
            failures = 0;
            noteResponse(message.get());
            return message;
        }
    }

    private boolean isResumed() {
        return !lastEventId.isEmpty();
    }

    /** What can be mended; what cannot is thrown. */
    private McpClientException broken(HttpAnswer answer, McpClientException problem) {
        if (problem.code() == ErrorCode.UPSTREAM_UNREACHABLE && problem.status() == 0) {
            failures += isResumed() ? 1 : 0;
            return problem;
        }
        throw isResumed() && problem.status() != 0 && answer.status() != 200 ? lost(problem) : problem;
    }

    /** The server refuses to bring the rest. The request itself had been taken, so this is no refusal of it. */
    private McpClientException lost(McpClientException refusal) {
        return McpClientException.unreachable(
                endpoint.server(),
                new IOException("the rest of the stream is not to be had (HTTP " + refusal.status() + ")", refusal));
    }

    private void resume(HttpAnswer ended, McpClientException broken, Deadline deadline) throws InterruptedException {
        if (!ended.lastEventId().isEmpty()) {
            lastEventId = ended.lastEventId();
        }
        ended.comeBackAfter().ifPresent(told -> pause = bounded(told));
        if (lastEventId.isEmpty() || failures > MOST_FAILURES) {
            throw broken;
        }
        LOG.debug("a stream of {} is gone on with after {}", endpoint.server(), pause);
        pause(deadline);
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("Last-Event-ID", lastEventId);
        HttpAnswer rest;
        try {
            rest = endpoint.get(all);
        } catch (IllegalArgumentException e) {
            throw McpClientException.protocol(endpoint.server(), "the id of an event cannot be sent back", e);
        }
        lock.lock();
        try {
            current = rest;
            if (!closed) {
                return;
            }
        } finally {
            lock.unlock();
        }
        rest.close();
    }

    private static Duration bounded(Duration told) {
        if (told.compareTo(SHORTEST_PAUSE) < 0) {
            return SHORTEST_PAUSE;
        }
        return told.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : told;
    }

    private void pause(Deadline deadline) throws InterruptedException {
        Deadline until = Deadline.in(pause);
        lock.lockInterruptibly();
        try {
            while (!closed && !endpoint.isClosing() && until.left() > 0) {
                long left = deadline.left();
                if (left <= 0) {
                    throw McpClientException.timeout(endpoint.server());
                }
                changed.awaitNanos(Math.min(Math.min(left, until.left()), CLOSING_IS_NOTICED_AFTER));
            }
            if (closed || endpoint.isClosing()) {
                throw McpClientException.cancelled("The request to " + endpoint.server());
            }
        } finally {
            lock.unlock();
        }
    }

    private HttpAnswer current() {
        lock.lock();
        try {
            return current;
        } finally {
            lock.unlock();
        }
    }

    private void noteResponse(ObjectNode message) {
        if (!message.has("method")) {
            lock.lock();
            try {
                responded = true;
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public int status() {
        return current().status();
    }

    @Override
    public Optional<Duration> retryAfter() {
        return current().retryAfter();
    }

    @Override
    public Optional<String> sessionId() {
        return current().sessionId();
    }

    @Override
    public void close() {
        boolean givenUp;
        HttpAnswer last;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            givenUp = !responded && !current.isRefused();
            last = current;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (givenUp) {
            whenGivenUp.run();
        }
        last.close();
    }
}
