package dev.devmesh.postgres;

import dev.devmesh.auth.Tenant;
import dev.devmesh.cluster.ClusterBus;
import dev.devmesh.health.HealthCheck;
import dev.devmesh.store.CommitListeners;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.SystemStore;
import dev.devmesh.store.UnitThreads;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store in a PostgreSQL database, which any number of processes may share.
 *
 * <ul>
 *   <li>A unit of work is one transaction, READ COMMITTED. Its first statement makes it work as the role {@code
 *       devmesh_app} for one tenant; row-level security shows it that tenant's rows and no others, whoever logged in.
 *   <li>System operations work as the role {@code devmesh_system}, which may do what they do and no more.
 *   <li>A unit of work holds a connection from its beginning to its end: do slow work before or after it.
 * </ul>
 *
 * <p>{@link dev.devmesh.store.Transaction#unwrap} hands out the {@link java.sql.Connection}: in the tenant's role, so a table of your own
 * has to be granted to {@code devmesh_app}.
 *
 * <p>Safe for use by many threads.
 */
public final class PostgresStore implements Store {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresStore.class);

    private final Pool pool;
    private final Probe probe;
    private final Clock clock;
    private final SystemStore system = new PostgresSystem(this);
    private final UnitThreads threads = new UnitThreads();
    private final CommitListeners jobListeners = new CommitListeners("new jobs");
    private final CommitListeners itemListeners = new CommitListeners("new items");
    private final Optional<PostgresSettings> own;
    private final ReentrantLock busLock = new ReentrantLock();
    private @Nullable ClusterBus bus;
    private volatile boolean vectorsAreIndexed;
    private volatile boolean closed;

    private PostgresStore(Pool pool, Clock clock, Optional<PostgresSettings> own) {
        this.pool = pool;
        this.probe = pool.probe();
        this.clock = clock;
        this.own = own;
    }

    /** The store of the database at this address, with the default settings; see {@link PostgresSettings#of(String)}. */
    public static PostgresStore open(String url, String user, String password) {
        return open(PostgresSettings.of(url).user(user, password));
    }

    /**
     * The store of a database, migrated or, where the settings say so, checked. It has a pool of its own, which ends
     * with it.
     *
     * @throws dev.devmesh.MeshException with {@code DATABASE_UNAVAILABLE} if it cannot be reached
     * @throws IllegalStateException if its schema is newer than this program, was changed by hand, or cannot be migrated
     *     by this user
     */
    public static PostgresStore open(PostgresSettings settings) {
        return open(settings, Clock.systemUTC());
    }

    /** {@link #open(PostgresSettings)}, with jobs dated by the clock. */
    public static PostgresStore open(PostgresSettings settings, Clock clock) {
        return open(settings, clock, UnaryOperator.identity());
    }

    /** With something between the pool and the driver, which sees every statement. */
    static PostgresStore open(PostgresSettings settings, Clock clock, UnaryOperator<DataSource> around) {
        Objects.requireNonNull(clock, "clock");
        Migrations migrations = Migrations.of(settings);
        migrate(migrations, settings);
        return ready(new PostgresStore(Pool.open(settings, around), clock, Optional.of(settings)));
    }

    /**
     * The store of a database, over connections of the caller's. Its schema is migrated or checked over one of them.
     *
     * @param connections not closed here; READ COMMITTED, as they are by default, and not in a transaction
     * @param settings of which the address, the users, and the sizes and times of the pool mean nothing
     */
    public static PostgresStore over(DataSource connections, PostgresSettings settings, Clock clock) {
        Objects.requireNonNull(clock, "clock");
        migrate(Migrations.over(connections), settings);
        return ready(new PostgresStore(Pool.over(connections, settings), clock, Optional.empty()));
    }

    @Override
    public <T> T inTransaction(Tenant tenant, Function<? super StoreSession, ? extends T> work) {
        Objects.requireNonNull(tenant, "tenant");
        T result;
        boolean enqueued;
        boolean appended;
        enter();
        try (Link link = pool.begin(tenant.id())) {
            PostgresUnit unit = new PostgresUnit(link, tenant, clock, vectorsAreIndexed);
            try {
                result = work.apply(unit);
                link.commit();
            } finally {
                unit.end();
            }
            enqueued = unit.hasEnqueued();
            appended = unit.hasAppended();
        } finally {
            leave();
        }
        if (enqueued) {
            jobListeners.tell();
        }
        if (appended) {
            itemListeners.tell();
        }
        return result;
    }

    @Override
    public SystemStore system() {
        return system;
    }

    @Override
    public Runnable onJobsEnqueued(Runnable listener) {
        return jobListeners.add(listener);
    }

    @Override
    public Runnable onItemsAppended(Runnable listener) {
        return itemListeners.add(listener);
    }

    /**
     * Asks the database something small, over a connection beside the pool, which it has from the first check on; over a
     * data source of the caller's, over one of those. Answers within a second as long as the network does.
     */
    public HealthCheck health() {
        return probe;
    }

    /** How the connections are used now. */
    public PoolStats pool() {
        return pool.stats();
    }

    /**
     * Has {@code listener} hear what happens between this store and its database, on the thread where it happens; it must
     * not wait.
     *
     * @return ends that; harmless when run twice
     */
    public Runnable onEvent(Consumer<? super PostgresEvent> listener) {
        return pool.events().add(listener);
    }

    /**
     * What joins this node to all others on the same database: give it to {@link dev.devmesh.DevMeshBuilder#bus}. The same one at every call,
     * with up to two connections beside the pool; see {@link PostgresClusterBus}. It is closed with the store, so close the mesh
     * before.
     *
     * @throws IllegalStateException if the store is closed, or works over connections of the caller's
     */
    public ClusterBus bus() {
        PostgresSettings settings = own.orElseThrow(() -> new IllegalStateException(
                "This store works over connections of the caller's, which must not be kept for a cluster bus."
                        + " Open one of its own: PostgresClusterBus.open(settings)."));
        busLock.lock();
        try {
            if (closed) {
                throw Pool.closed(null);
            }
            if (bus == null) {
                bus = PostgresClusterBus.open(settings);
            }
            return bus;
        } finally {
            busLock.unlock();
        }
    }

    /**
     * Refuses every further call, and ends the bus and the pool, as far as they are the store's own; calling it twice has no
     * further effect.
     */
    @Override
    public void close() {
        closed = true;
        probe.close();
        ClusterBus ended;
        busLock.lock();
        try {
            ended = bus;
        } finally {
            busLock.unlock();
        }
        if (ended != null) {
            ended.close();
        }
        pool.close();
    }

    /** Runs a system operation as a unit of its own. It must bear being run again from its start. */
    <T> T asSystem(Function<Link, T> work) {
        enter();
        try {
            for (int attempt = 1; ; attempt++) {
                try (Link link = pool.beginSystem()) {
                    T result = work.apply(link);
                    link.commit();
                    return result;
                } catch (RuntimeException failed) {
                    boolean again = failed.getCause() instanceof SQLException reason && Failures.isTransient(reason);
                    if (!again || attempt == 3) {
                        throw failed;
                    }
                }
            }
        } finally {
            leave();
        }
    }

    private static void migrate(Migrations migrations, PostgresSettings settings) {
        if (settings.migrates()) {
            migrations.apply();
            migrations.make(new VectorIndex(settings.indexedModel(), settings.indexedDimensions()));
        } else {
            migrations.requireCurrent();
        }
    }

    /** Enters once, so that what keeps this user from working is found out now and not by the first request. */
    private static PostgresStore ready(PostgresStore store) {
        try (Link link = store.pool.beginSystem()) {
            String isolation = link.find("SELECT current_setting('transaction_isolation')", row -> row.getString(1))
                    .orElse("");
            if (!isolation.equals("read committed")) {
                throw new IllegalStateException(
                        "PostgreSQL: connections are " + isolation + " by default, and the store"
                                + " needs read committed. Leave the isolation of the data source, or of the user, as it is.");
            }
            if (link.find("SELECT current_setting('synchronous_commit')", row -> row.getString(1))
                    .filter("off"::equals)
                    .isPresent()) {
                LOG.warn("PostgreSQL: synchronous_commit is off, so what was acknowledged last is lost when the server"
                        + " crashes. Turn it on to keep the promise that nothing is.");
            }
            store.vectorsAreIndexed = VectorIndex.isUsable(link);
            link.commit();
            return store;
        } catch (RuntimeException | Error failed) {
            store.close();
            throw failed;
        }
    }

    private void enter() {
        if (closed) {
            throw Pool.closed(null);
        }
        threads.enter();
    }

    private void leave() {
        threads.leave();
    }
}
