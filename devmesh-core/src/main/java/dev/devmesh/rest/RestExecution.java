package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.event.LogTrace;
import dev.devmesh.limit.Charge;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request under way. Its time begins when it is made; {@link #run} is to be called once, on a thread that may wait.
 *
 * <p>When the time is over the caller is answered at once and the thread interrupted; the caller's place among the requests under way
 * is given back only when the handler returns.
 *
 * <p>Safe for use by many threads.
 */
public final class RestExecution implements Runnable {

    /** What lines of the log say beside their text. */
    private static final Logger LOG = LoggerFactory.getLogger(RestExecution.class);

    private final RestApi api;
    private final RestRequest request;
    private final CompletableFuture<RestResponse> result = new CompletableFuture<>();
    private final Stages stages = new Stages("waiting for a thread");
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread worker;
    private @Nullable Future<?> deadline;
    private Work.@Nullable Begun begun;
    private @Nullable String gone;
    private volatile @Nullable Charge charge;

    RestExecution(RestApi api, RestRequest request) {
        this.api = api;
        this.request = request;
    }

    /** Ends with the answer, whatever happens; on any thread. */
    public CompletionStage<RestResponse> result() {
        return result.minimalCompletionStage();
    }

    /** The caller has gone: what can be stopped is. */
    public void cancel(String reason) {
        Work.Begun running;
        lock.lock();
        try {
            gone = reason;
            running = begun;
        } finally {
            lock.unlock();
        }
        if (running != null) {
            running.cancel().accept(reason);
        }
    }

    /** Does the work. The answer may come before this returns, or after. */
    @Override
    public void run() {
        if (!enter()) {
            return;
        }
        LogTrace log = LogTrace.begin(request.trace().traceId());
        try {
            api.serve(request, this);
        } catch (RuntimeException | Error problem) {
            fail(problem);
        } finally {
            log.end();
            leave();
        }
    }

    /** Answers instead of the work: there is no thread for it, or no time. */
    public void refuse(MeshException reason) {
        tryRefuse(reason);
    }

    // ---- for the API

    void deadline(Future<?> timer) {
        lock.lock();
        try {
            deadline = timer;
        } finally {
            lock.unlock();
        }
        if (result.isDone()) {
            timer.cancel(false);
        }
    }

    void stage(String name) {
        stages.enter(name);
    }

    void charged(Charge made) {
        charge = made;
    }

    void answer(RestResponse answer) {
        tryAnswer(answer);
    }

    /** False if there is an answer already. */
    private boolean tryAnswer(RestResponse answer) {
        Charge made = charge;
        boolean first = result.complete(made == null ? answer : answer.with(made));
        if (first) {
            stopTimer();
        }
        return first;
    }

    private boolean tryRefuse(MeshException reason) {
        boolean first = tryAnswer(RestResponse.refusal(reason, request.trace()));
        if (first && !hasBegun()) { // what a call came to is told by the call
            api.refused(request, reason);
        }
        return first;
    }

    private boolean hasBegun() {
        lock.lock();
        try {
            return begun != null;
        } finally {
            lock.unlock();
        }
    }

    void fail(Throwable problem) {
        Throwable cause =
                problem instanceof CompletionException && problem.getCause() != null ? problem.getCause() : problem;
        if (cause instanceof MeshException known) {
            refuse(known);
        } else if (!result.isDone()) {
            LOG.error("{} failed, trace {}", request.method(), request.trace().traceId(), cause);
            refuse(new MeshException(
                    ErrorCode.MCP_PANIC,
                    "The server failed on this request.",
                    "Its operator finds the reason in the log under this trace_id."));
        } else {
            LOG.debug(
                    "a request failed after its answer, trace {}",
                    request.trace().traceId(),
                    cause);
        }
    }

    /** From here on the work has its own time, and ends by itself. */
    void began(Work.Begun running, Runnable atEnd) {
        stopTimer();
        String reason;
        lock.lock();
        try {
            begun = running;
            reason = gone;
        } finally {
            lock.unlock();
        }
        if (reason != null) {
            running.cancel().accept(reason);
        }
        running.answer().whenComplete((answer, problem) -> {
            atEnd.run();
            if (problem == null) {
                answer(answer);
            } else {
                fail(problem);
            }
        });
    }

    /** The time is over. */
    void expire(Duration limit) {
        MeshException late = new MeshException(
                ErrorCode.DEADLINE_EXCEEDED,
                "The request was not answered within " + limit.toMillis() + " ms; most of them went to: "
                        + stages.longest() + ".",
                "Ask for less at a time, or try again later.");
        if (!tryRefuse(late)) {
            return;
        }
        lock.lock();
        try {
            if (worker != null) {
                worker.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- the thread

    private boolean enter() {
        lock.lock();
        try {
            if (result.isDone()) {
                return false;
            }
            worker = Thread.currentThread();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            worker = null;
        } finally {
            lock.unlock();
        }
        // No interrupt of ours can come any more; one that came must not reach what the thread does next.
        Thread.interrupted();
    }

    private void stopTimer() {
        Optional<Future<?>> timer;
        lock.lock();
        try {
            timer = Optional.ofNullable(deadline);
        } finally {
            lock.unlock();
        }
        timer.ifPresent(future -> future.cancel(false));
    }
}
