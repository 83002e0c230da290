package dev.devmesh.launcher.metrics;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshListener;
import dev.devmesh.postgres.PoolStats;
import dev.devmesh.postgres.PostgresEvent;
import dev.devmesh.postgres.PostgresStore;
import dev.devmesh.queue.QueueStats;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * Figures of one mesh and of this JVM, as text for Prometheus. Hears the events of the mesh: give it to the mesh's builder,
 * then tell it of the mesh with {@link #watch}.
 *
 * <p>Labels carry registered names, codes and words of this program only: nothing that callers make up, no tenants, no
 * secrets, and a bounded number of each.
 *
 * <p>Safe for use by many threads. Its owner closes it.
 */
public final class Metrics implements MeshListener, AutoCloseable {

    /** The content type of {@link #text()}. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final Principal OBSERVER = Principal.administrator(Tenant.single(), "metrics");

    /** So many queues have figures. */
    private static final int MOST_QUEUES = 50;

    /** From what a cached answer takes to the longest that a tool may. */
    private static final Duration[] BUCKETS = Stream.of(
                    1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private record Series(Figure figure, List<String> labels) {}

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<Series, Timer> timers = new ConcurrentHashMap<>();
    private final Map<Series, Counter> counters = new ConcurrentHashMap<>();
    private final Map<Series, AtomicInteger> levels = new ConcurrentHashMap<>();
    private final KnownNames names = new KnownNames();
    private final JvmGcMetrics garbage = new JvmGcMetrics();
    private final MultiGauge queueJobs = rows(Figure.QUEUE_JOBS);
    private final MultiGauge queueAges = rows(Figure.QUEUE_OLDEST);
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Set<DevMesh> watched = Set.of();
    private volatile Runnable unwatchDatabase = () -> {};

    /** Figures of the JVM from now on, and of the mesh that tells its events here. */
    public Metrics() {
        for (Figure figure : Figure.values()) {
            if (figure.labels().isEmpty() && figure.kind() == Figure.Kind.COUNT) {
                counter(figure); // a figure that is there from the start can be told from one that is missing
            }
        }
        Stream.of(Figure.CONNECTIONS, Figure.WEBSOCKETS, Figure.LISTENS).forEach(this::level);
        Stream.of("pending", "failed").forEach(state -> level(Figure.EMBEDDING_LEFT, state));
        gauge(
                Figure.DIRECT_MEMORY,
                PooledByteBufAllocator.DEFAULT,
                all -> all.metric().usedDirectMemory());
        new JvmMemoryMetrics().bindTo(registry);
        garbage.bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    /** Takes the names of what is called, and figures that no event tells, from this mesh. Called once. */
    public void watch(DevMesh mesh) {
        names.of(mesh);
        gauge(Figure.TOOLS, mesh, all -> all.tools().all().size());
        gauge(Figure.MCP_IN_FLIGHT, mesh, all -> all.mcp().requestsUnderWay());
        watched = Set.of(mesh);
    }

    /** Takes the figures of this database from now on. Called once. */
    public void watch(PostgresStore database) {
        watch(database::pool);
        unwatchDatabase = database.onEvent(this::on);
    }

    void watch(Supplier<PoolStats> pool) {
        connections("active", pool, PoolStats::active);
        connections("idle", pool, PoolStats::idle);
        gauge(Figure.DATABASE_CONNECTIONS_MOST, pool, now -> now.get().most());
        gauge(Figure.DATABASE_WAITING, pool, now -> now.get().waiting());
    }

    private void connections(String state, Supplier<PoolStats> pool, ToIntFunction<PoolStats> number) {
        Gauge.builder(Figure.DATABASE_CONNECTIONS.id(), pool, now -> number.applyAsInt(now.get()))
                .description(Figure.DATABASE_CONNECTIONS.meaning())
                .tags(tags(Figure.DATABASE_CONNECTIONS, List.of(state)))
                .strongReference(true)
                .register(registry);
    }

    void on(PostgresEvent event) {
        if (event instanceof PostgresEvent.Acquired acquired) {
            timer(Figure.DATABASE_ACQUIRED).record(acquired.took());
        } else if (event instanceof PostgresEvent.StatementEnded statement) {
            timer(Figure.DATABASE_STATEMENTS).record(statement.took());
        } else if (event instanceof PostgresEvent.TransactionEnded unit) {
            timer(Figure.DATABASE_TRANSACTIONS, unit.committed() ? "committed" : "rolled_back")
                    .record(unit.took());
        } else if (event instanceof PostgresEvent.Failed failed) {
            counter(Figure.DATABASE_ERRORS, failed.stateClass()).increment();
        }
    }

    /** All figures as they are now, in the text format of Prometheus. Waits where the mesh's queue does. */
    public String text() {
        reading.lock();
        try {
            watched.stream().filter(DevMesh::isReady).forEach(this::lookAtQueues);
            return registry.scrape(CONTENT_TYPE);
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void on(MeshEvent event) {
        if (event instanceof MeshEvent.HttpReceived received) {
            level(Figure.HTTP_IN_FLIGHT, received.surface()).incrementAndGet();
        } else if (event instanceof MeshEvent.HttpServed served) {
            served(served);
        } else if (event instanceof MeshEvent.CallEnded call) {
            ended(call);
        } else if (event instanceof MeshEvent.CallOverran call) {
            counter(Figure.CALLS_OVERRAN, word(call.kind()), names.label(call.kind(), call.name()))
                    .increment();
        } else if (event instanceof MeshEvent.RequestRefused refused) {
            counter(Figure.MCP_REFUSED, word(refused.code())).increment();
        } else if (event instanceof MeshEvent.AuditLost audit) {
            counter(Figure.AUDIT_LOST).increment(audit.acts());
        } else if (event instanceof MeshEvent.TaskChanged task) {
            counter(Figure.TASKS_CHANGED, word(task.status())).increment();
        } else if (event instanceof MeshEvent.ItemsEmbedded items) {
            counter(Figure.ITEMS_EMBEDDED, "embedded").increment(items.embedded());
            counter(Figure.ITEMS_EMBEDDED, "reused").increment(items.reused());
            counter(Figure.ITEMS_EMBEDDED, "refused").increment(items.refused());
            counter(Figure.ITEMS_EMBEDDED, "postponed").increment(items.postponed());
        } else if (event instanceof MeshEvent.EmbeddingsLeft left) {
            level(Figure.EMBEDDING_LEFT, "pending").set(clamped(left.pending()));
            level(Figure.EMBEDDING_LEFT, "failed").set(clamped(left.failed()));
        } else {
            comeOrGone(event);
        }
    }

    private void comeOrGone(MeshEvent event) {
        if (event instanceof MeshEvent.ConnectionOpened) {
            level(Figure.CONNECTIONS).incrementAndGet();
            counter(Figure.CONNECTIONS_OPENED).increment();
        } else if (event instanceof MeshEvent.ConnectionClosed) {
            level(Figure.CONNECTIONS).decrementAndGet();
        } else if (event instanceof MeshEvent.WebSocketOpened) {
            level(Figure.WEBSOCKETS).incrementAndGet();
        } else if (event instanceof MeshEvent.WebSocketClosed closed) {
            level(Figure.WEBSOCKETS).decrementAndGet();
            counter(Figure.WEBSOCKETS_CLOSED, closed.cause()).increment();
        } else if (event instanceof MeshEvent.SessionBegan began) {
            counter(Figure.SESSIONS_BEGUN, began.revision().date()).increment();
        } else if (event instanceof MeshEvent.SessionEnded) {
            counter(Figure.SESSIONS_ENDED).increment();
        } else if (event instanceof MeshEvent.ListenBegan) {
            level(Figure.LISTENS).incrementAndGet();
        } else if (event instanceof MeshEvent.ListenEnded ended) {
            level(Figure.LISTENS).decrementAndGet();
            counter(Figure.LISTENS_UNSENT).increment(ended.unsent());
        }
    }

    private static int clamped(long value) {
        return (int) Math.min(Integer.MAX_VALUE, value);
    }

    private void served(MeshEvent.HttpServed served) {
        level(Figure.HTTP_IN_FLIGHT, served.surface()).decrementAndGet();
        counter(Figure.HTTP_RESPONSES, served.surface(), Integer.toString(served.status()))
                .increment();
        timer(Figure.HTTP_REQUESTS, served.surface(), served.method(), served.route(), served.status() / 100 + "xx")
                .record(served.took());
    }

    private void ended(MeshEvent.CallEnded call) {
        CallPolicy.Kind kind = call.kind();
        String outcome = call.failure().map(Metrics::word).orElse(call.isError() ? "tool_error" : "ok");
        timer(Figure.CALLS, word(kind), names.label(kind, call.name()), outcome).record(call.took());
    }

    private void lookAtQueues(DevMesh mesh) {
        List<MultiGauge.Row<?>> jobs = new ArrayList<>();
        List<MultiGauge.Row<?>> ages = new ArrayList<>();
        mesh.jobs().queues(OBSERVER).stream().sorted().limit(MOST_QUEUES).forEach(queue -> {
            QueueStats stats = mesh.jobs().stats(OBSERVER, queue);
            jobs.add(row(Figure.QUEUE_JOBS, stats.ready(), queue, "ready"));
            jobs.add(row(Figure.QUEUE_JOBS, stats.delayed(), queue, "delayed"));
            jobs.add(row(Figure.QUEUE_JOBS, stats.leased(), queue, "leased"));
            jobs.add(row(Figure.QUEUE_JOBS, stats.dead(), queue, "dead"));
            ages.add(row(Figure.QUEUE_OLDEST, stats.oldestAge().toMillis() / 1_000.0, queue));
        });
        queueJobs.register(jobs, true);
        queueAges.register(ages, true);
    }

    private MultiGauge rows(Figure figure) {
        return MultiGauge.builder(figure.id()).description(figure.meaning()).register(registry);
    }

    private static MultiGauge.Row<Number> row(Figure figure, Number value, String... labels) {
        return MultiGauge.Row.of(tags(figure, List.of(labels)), value);
    }

    private <T> void gauge(Figure figure, T of, ToDoubleFunction<T> value) {
        Gauge.builder(figure.id(), of, value)
                .description(figure.meaning())
                .strongReference(true)
                .register(registry);
    }

    private AtomicInteger level(Figure figure, String... labels) {
        return levels.computeIfAbsent(new Series(figure, List.of(labels)), series -> {
            AtomicInteger level = new AtomicInteger();
            Gauge.builder(figure.id(), level, AtomicInteger::get)
                    .description(figure.meaning())
                    .tags(tags(figure, series.labels()))
                    .register(registry);
            return level;
        });
    }

    private Counter counter(Figure figure, String... labels) {
        return counters.computeIfAbsent(
                new Series(figure, List.of(labels)),
                series -> Counter.builder(figure.id())
                        .description(figure.meaning())
                        .tags(tags(figure, series.labels()))
                        .register(registry));
    }

    private Timer timer(Figure figure, String... labels) {
        return timers.computeIfAbsent(
                new Series(figure, List.of(labels)),
                series -> Timer.builder(figure.id())
                        .description(figure.meaning())
                        .tags(tags(figure, series.labels()))
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry));
    }

    private static Tags tags(Figure figure, List<String> values) {
        Tags tags = Tags.empty();
        for (int i = 0; i < values.size(); i++) {
            tags = tags.and(figure.labels().get(i), values.get(i));
        }
        return tags;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
        unwatchDatabase.run();
        garbage.close();
        registry.close();
    }
}
