package dev.devmesh.embedding;

import dev.devmesh.MeshException;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshListener;
import dev.devmesh.health.HealthCheck;
import dev.devmesh.queue.RetrySchedule;
import dev.devmesh.store.EmbeddingBacklog;
import dev.devmesh.store.EmbeddingStore;
import dev.devmesh.store.PendingItem;
import dev.devmesh.store.Store;
import dev.devmesh.text.Sha256;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Embeds the items of a store in the background: those just appended at once, those of other processes within some seconds. That an item is
 * pending is a row of the store, so nothing is forgotten when the process is killed or the model is away.
 *
 * <ul>
 *   <li>Items are leased, so that several processes share the work. The model is asked between units of work, never within one.
 *   <li>A text whose vector the tenant has already is not embedded again.
 *   <li>While the model does not answer, items wait, with growing and random pauses; they are never given up for that. An item is failed
 *       only if the model refuses its text while it takes others, or if the text is blank.
 *   <li>An item that was tried three times is embedded alone, so that a text on which the model breaks holds up no others.
 * </ul>
 *
 * <p>Safe for use by many threads. Whoever started it closes it, before the store and the model.
 */
public final class Embedder implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Embedder.class);

    private static final int MOST_AT_ONCE = 256;
    private static final int TRIES_TOGETHER = 3;
    private static final Duration LEASE = Duration.ofMinutes(2);
    private static final Duration TICK = Duration.ofSeconds(2);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final Duration STOP = Duration.ofSeconds(2);
    private static final RetrySchedule OF_ITEMS = new RetrySchedule(Duration.ofSeconds(1), Duration.ofMinutes(1), 1);
    private static final RetrySchedule OF_MODEL = new RetrySchedule(Duration.ofMillis(500), Duration.ofSeconds(30), 1);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

    private static final Comparator<PendingItem> BY_PLACE =
            Comparator.comparing(PendingItem::contextId).thenComparing(PendingItem::seq);

    private final Store store;
    private final EmbeddingModel model;
    private final InstantSource clock;
    private final MeshListener events;
    private final int batch;
    private final Semaphore poked = new Semaphore(0);
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread thread;
    private Runnable stopListening = () -> {};
    private volatile EmbedderState state = EmbedderState.FINE;
    private volatile boolean closed;

    /**
     * @param store where the items are; not closed here
     * @param model what embeds them; not closed here
     * @param clock what dates leases
     * @param events is told of {@link MeshEvent.ItemsEmbedded} and {@link MeshEvent.EmbeddingsLeft}
     */
    public Embedder(Store store, EmbeddingModel model, InstantSource clock, MeshListener events) {
        this.store = Objects.requireNonNull(store, "store");
        this.model = Objects.requireNonNull(model, "model");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.events = Objects.requireNonNull(events, "events");
        this.batch = Math.max(1, Math.min(model.maxBatch(), MOST_AT_ONCE));
    }

    /** What embeds. */
    public EmbeddingModel model() {
        return model;
    }

    /**
     * Begins to embed, on a thread of its own. Calling it again has no effect.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public void start() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the embedder is closed; make another one");
            }
            if (thread == null) {
                stopListening = store.onItemsAppended(this::poke);
                thread = new Thread(this::run, "devmesh-embedder");
                thread.setDaemon(true);
                thread.start();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Has every item of every tenant embedded that has no embedding of this model: what to do once after a change of model. Until its turn has
     * come an item is found by its words only.
     *
     * @return how many items became pending that were not; 0 if there is nothing to do
     */
    public long embedAgain() {
        long items = store.system().embedAgain(model.name(), clock.instant());
        poke();
        return items;
    }

    /** How it gets on; never unhealthy, because searches go by words without it. Does not wait. */
    public HealthCheck.Outcome health() {
        return state.outcome(model.name());
    }

    /**
     * Embeds one batch of what is due, on the calling thread.
     *
     * @return how many items it leased; 0 if nothing is due
     */
    public int sweep() {
        long began = System.nanoTime();
        Instant now = clock.instant();
        List<PendingItem> items = store.system().leaseEmbeddings(now, now.plus(LEASE), batch);
        if (!items.isEmpty()) {
            Map<Tenant, List<PendingItem>> byTenant = new LinkedHashMap<>();
            items.forEach(item -> byTenant.computeIfAbsent(item.tenant(), tenant -> new ArrayList<>())
                    .add(item));
            Map<PendingItem, float[]> known = known(byTenant);
            ModelRun run = ask(items, known);
            run.failure().ifPresentOrElse(this::noteFailure, this::noteSuccess);
            Tally tally = new Tally();
            byTenant.forEach((tenant, theirs) -> record(tenant, theirs, known, run, tally));
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            events.on(new MeshEvent.ItemsEmbedded(
                    model.name(), tally.embedded, tally.reused, tally.refused, tally.postponed, took));
        }
        return items.size();
    }

    private static final class Tally {
        private int embedded;
        private int reused;
        private int refused;
        private int postponed;
    }

    private Map<PendingItem, float[]> known(Map<Tenant, List<PendingItem>> byTenant) {
        Map<PendingItem, float[]> known = new HashMap<>();
        byTenant.forEach((tenant, items) -> {
            Map<PendingItem, String> hashes = new HashMap<>();
            items.forEach(item -> hashes.put(item, Sha256.hex(item.content())));
            Map<String, float[]> vectors = store.inTransaction(
                    tenant, session -> session.embeddings().known(model.name(), Set.copyOf(hashes.values())));
            hashes.forEach((item, hash) -> {
                float[] vector = vectors.get(hash);
                // Of another length it was made before the model was set up as it is now.
                if (vector != null && vector.length == model.dimensions()) {
                    known.put(item, vector);
                }
            });
        });
        return known;
    }

    private ModelRun ask(List<PendingItem> items, Map<PendingItem, float[]> known) {
        Set<String> together = new LinkedHashSet<>();
        Set<String> alone = new LinkedHashSet<>();
        for (PendingItem item : items) {
            if (!known.containsKey(item) && !item.content().isBlank()) {
                (item.attempts() < TRIES_TOGETHER ? together : alone).add(item.content());
            }
        }
        alone.removeAll(together);
        return new ModelRun(model, together, alone);
    }

    private void record(
            Tenant tenant, List<PendingItem> lent, Map<PendingItem, float[]> known, ModelRun run, Tally tally) {
        // By place: who truncates a context removes its items in this order, too, so neither waits for the other for
        // ever.
        List<PendingItem> items = lent.stream().sorted(BY_PLACE).toList();
        try {
            Tally ours = store.inTransaction(tenant, session -> {
                Tally counts = new Tally();
                items.forEach(item -> record(session.embeddings(), item, known.get(item), run, counts));
                return counts;
            });
            tally.embedded += ours.embedded;
            tally.reused += ours.reused;
            tally.refused += ours.refused;
            tally.postponed += ours.postponed;
        } catch (MeshException notTaken) {
            // The store is full or away. What the model made is lost and will be made again.
            noteFailure(notTaken);
            store.inTransaction(tenant, session -> {
                items.forEach(item -> postpone(session.embeddings(), item, notTaken));
                return null;
            });
            tally.postponed += items.size();
        }
    }

    private void record(
            EmbeddingStore embeddings, PendingItem item, float @Nullable [] known, ModelRun run, Tally tally) {
        String text = item.content();
        float[] vector = known == null ? run.vectors().get(text) : known;
        String refusal = text.isBlank()
                ? "There is nothing in the text to embed."
                : run.refused().get(text);
        if (vector != null) {
            embeddings.done(item, model.name(), Sha256.hex(text), vector);
            tally.embedded += known == null ? 1 : 0;
            tally.reused += known == null ? 0 : 1;
        } else if (refusal != null) {
            embeddings.failed(item, refusal);
            LOG.debug("Embedder: item {} is found by its words only: {}", item.itemId(), refusal);
            tally.refused++;
        } else {
            postpone(embeddings, item, run.failure().orElseThrow());
            tally.postponed++;
        }
    }

    private void postpone(EmbeddingStore embeddings, PendingItem item, RuntimeException cause) {
        Duration pause = closed
                ? Duration.ZERO
                : longer(retryAfter(cause), OF_ITEMS.delay(item.attempts() + 1, ThreadLocalRandom.current()));
        embeddings.retryAt(item, clock.instant().plus(pause), EmbedderState.reason(cause));
    }

    private static Duration retryAfter(RuntimeException cause) {
        Duration asked =
                cause instanceof MeshException known ? known.retryAfter().orElse(Duration.ZERO) : Duration.ZERO;
        return asked.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : asked;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private void noteFailure(RuntimeException cause) {
        EmbedderState before = state;
        state = before.failed(clock.instant(), cause);
        if (before.failures() == 0 && !closed) {
            LOG.warn(
                    "Embedder: the model '{}' does not answer, or what it made cannot be stored; items wait: {}",
                    model.name(),
                    state.reason(),
                    cause);
        }
    }

    private void noteSuccess() {
        EmbedderState before = state;
        state = before.recovered();
        if (before.failures() > 0) {
            LOG.info("Embedder: it goes on, after {} failures since {}", before.failures(), before.since());
        }
    }

    private void look() {
        EmbeddingBacklog backlog = store.system().embeddingBacklog(model.name());
        EmbeddingBacklog before = state.backlog();
        state = state.seen(backlog);
        if (backlog.otherModels() && !before.otherModels()) {
            LOG.warn(
                    "Embedder: there are embeddings of other models than '{}'; searches by meaning do not see them until"
                            + " Embedder.embedAgain() was called",
                    model.name());
        }
        if (backlog.pending() != before.pending() || backlog.failed() != before.failed()) {
            events.on(new MeshEvent.EmbeddingsLeft(backlog.pending(), backlog.failed()));
        }
    }

    private void run() {
        try {
            long lookAt = System.nanoTime();
            while (!closed) {
                int failuresBefore = state.failures();
                Duration pause = TICK;
                try {
                    if (System.nanoTime() - lookAt >= 0) {
                        look();
                        lookAt = System.nanoTime() + LOOK_EVERY.toNanos();
                    }
                    if (sweep() > 0) {
                        pause = Duration.ZERO;
                        lookAt = Math.min(
                                lookAt,
                                System.nanoTime() + Duration.ofSeconds(1).toNanos());
                    }
                } catch (RuntimeException e) {
                    noteFailure(e);
                }
                if (state.failures() > failuresBefore) {
                    rest();
                } else if (poked.tryAcquire(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                    poked.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("Embedder: interrupted, ending", e);
        }
    }

    /** Waits after a failure; what is appended meanwhile does not cut it short, or every append would be another failure. */
    private void rest() throws InterruptedException {
        Duration pause = longer(SHORTEST_PAUSE, OF_MODEL.delay(state.failures(), ThreadLocalRandom.current()));
        long end = System.nanoTime() + pause.toNanos();
        for (long left = pause.toNanos(); left > 0 && !closed; left = end - System.nanoTime()) {
            poked.tryAcquire(left, TimeUnit.NANOSECONDS);
        }
    }

    /** Called by committing threads, so it must not wait. */
    private void poke() {
        if (poked.availablePermits() == 0) {
            poked.release();
        }
    }

    /** {@link #close(Duration)} without patience. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /**
     * Ends, when the batch that is being embedded is stored or {@code longest} is over; the model is interrupted then, and its items are given
     * back. Calling it again has no effect.
     */
    public void close(Duration longest) {
        Thread running;
        lock.lock();
        try {
            closed = true;
            running = thread;
            stopListening.run();
        } finally {
            lock.unlock();
        }
        poke();
        if (running == null) {
            return;
        }
        try {
            running.join(Math.max(1, longest.toMillis()));
            if (running.isAlive()) {
                running.interrupt();
                running.join(STOP.toMillis());
            }
        } catch (InterruptedException e) {
            running.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
