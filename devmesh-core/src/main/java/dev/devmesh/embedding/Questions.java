package dev.devmesh.embedding;

import dev.devmesh.auth.Tenant;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Embeds the questions of searches: each waits for the model no longer than {@link #DEADLINE}, the latest are remembered, and after a failure the
 * model is left alone for a while, so that searches that can do without it are not held up.
 *
 * <p>Safe for use by many threads.
 */
public final class Questions {

    /** How long a question waits for the model. */
    public static final Duration DEADLINE = Duration.ofSeconds(2);

    private static final int REMEMBERED = 256;
    private static final Duration LEFT_ALONE = Duration.ofSeconds(5);

    private final EmbeddingModel model;
    private final Executor threads;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Asked, float[]> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Asked, float[]> eldest) {
            return size() > REMEMBERED;
        }
    };
    private boolean away;
    private long askAgainAt;

    /** The tenant belongs to it: how fast an answer comes must not tell what others asked. */
    private record Asked(Tenant tenant, String text) {}

    /**
     * @param threads where a model that may wait is asked
     */
    public Questions(EmbeddingModel model, Executor threads) {
        this.model = Objects.requireNonNull(model, "model");
        this.threads = Objects.requireNonNull(threads, "threads");
    }

    /** The model that is asked. */
    public EmbeddingModel model() {
        return model;
    }

    /**
     * The vector of a question: not to be changed.
     *
     * @param text not blank
     * @throws EmbeddingUnavailableException if the model does not answer, or failed so recently that it is not asked
     * @throws TextRefusedException if it will never take this text
     */
    public float[] vector(Tenant tenant, String text) {
        Asked asked = new Asked(tenant, text);
        lock.lock();
        try {
            float[] before = remembered.get(asked);
            if (before != null) {
                return before;
            }
            long left = askAgainAt - System.nanoTime();
            if (away && left > 0) {
                throw unavailable(Duration.ofNanos(left), null);
            }
        } finally {
            lock.unlock();
        }
        float[] vector;
        try {
            vector = model.blocking() ? elsewhere(text) : ask(text);
        } catch (TextRefusedException refused) {
            throw refused;
        } catch (RuntimeException failed) {
            throw leaveAlone(failed);
        }
        lock.lock();
        try {
            away = false;
            remembered.put(asked, vector);
        } finally {
            lock.unlock();
        }
        return vector;
    }

    private float[] ask(String text) {
        return ModelRun.checked(model, List.of(text)).get(0);
    }

    private float[] elsewhere(String text) {
        FutureTask<float[]> answer = new FutureTask<>(() -> ask(text));
        try {
            threads.execute(answer);
            return answer.get(DEADLINE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException known) {
                throw known;
            }
            throw unavailable(LEFT_ALONE, failed.getCause());
        } catch (TimeoutException | RejectedExecutionException late) {
            throw unavailable(LEFT_ALONE, late);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(LEFT_ALONE, e);
        } finally {
            answer.cancel(true);
        }
    }

    private EmbeddingUnavailableException leaveAlone(RuntimeException failed) {
        EmbeddingUnavailableException known = failed instanceof EmbeddingUnavailableException unavailable
                ? unavailable
                : unavailable(LEFT_ALONE, failed);
        if (!Thread.currentThread().isInterrupted()) {
            lock.lock();
            try {
                away = true;
                askAgainAt = System.nanoTime() + LEFT_ALONE.toNanos();
            } finally {
                lock.unlock();
            }
        }
        return known;
    }

    private static EmbeddingUnavailableException unavailable(Duration retryAfter, @Nullable Throwable cause) {
        return new EmbeddingUnavailableException(
                "The embedding model does not answer.",
                "Search by words, or try again later.",
                retryAfter.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : retryAfter,
                cause);
    }
}
