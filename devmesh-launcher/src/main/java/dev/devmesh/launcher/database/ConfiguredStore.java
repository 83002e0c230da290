package dev.devmesh.launcher.database;

import dev.devmesh.embedding.EmbeddingModel;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.launcher.config.Configuration;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.postgres.Migrations;
import dev.devmesh.postgres.PostgresSettings;
import dev.devmesh.postgres.PostgresStore;
import dev.devmesh.store.Store;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a mesh keeps things, as the configuration says: in a database, or in this process. Whoever opens it closes it, after what
 * uses it. Safe for use by many threads.
 */
public final class ConfiguredStore implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ConfiguredStore.class);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(250);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

    private final Store store;
    private final @Nullable PostgresStore postgres;
    private final @Nullable PostgresSettings settings;

    private ConfiguredStore(Store store, @Nullable PostgresStore postgres, @Nullable PostgresSettings settings) {
        this.store = store;
        this.postgres = postgres;
        this.settings = settings;
    }

    /**
     * Opens it. A database that cannot be reached is waited for, as long as the configuration says, its schema is migrated, and
     * embeddings are indexed if it can.
     *
     * @param model whose embeddings it keeps
     * @throws Failure if the database cannot be used
     */
    public static ConfiguredStore open(Configuration configuration, EmbeddingModel model) throws InterruptedException {
        Optional<Configuration.Database> database = configuration.database();
        if (database.isEmpty()) {
            return new ConfiguredStore(InMemoryStore.create(), null, null);
        }
        PostgresSettings settings = database.get().settings().indexed(model);
        PostgresStore postgres = awaited(settings, database.get().startupWait());
        return new ConfiguredStore(postgres, postgres, settings);
    }

    private static PostgresStore awaited(PostgresSettings settings, Duration most) throws InterruptedException {
        long begun = System.nanoTime();
        Duration nextLine = Duration.ZERO;
        while (true) {
            try {
                return PostgresStore.open(settings);
            } catch (RuntimeException failed) {
                Duration waited = Duration.ofNanos(System.nanoTime() - begun);
                if (!DatabaseFailure.mayPass(failed) || waited.compareTo(most) >= 0) {
                    throw DatabaseFailure.of(failed, settings);
                }
                if (waited.compareTo(nextLine) >= 0) {
                    nextLine = waited.plus(BETWEEN_LINES);
                    LOG.warn(
                            "waiting since {} s for the database at {}, at most {} s: {}",
                            waited.toSeconds(),
                            DatabaseFailure.hosts(settings),
                            most.toSeconds(),
                            DatabaseFailure.said(failed));
                }
                TimeUnit.NANOSECONDS.sleep(BETWEEN_ATTEMPTS.toNanos());
            }
        }
    }

    /** What a mesh is built over. */
    public Store store() {
        return store;
    }

    /** The database, where there is one. */
    public Optional<PostgresStore> postgres() {
        return Optional.ofNullable(postgres);
    }

    /** Whether what is stored outlives this process, and other processes may share it. */
    public boolean isDurable() {
        return postgres != null;
    }

    /**
     * Runs work while no other process that shares the database runs work by this method, or migrates.
     *
     * @throws Failure if the database cannot be used
     */
    public <T> T alone(Supplier<T> work) {
        PostgresSettings database = settings;
        if (database == null) {
            return work.get();
        }
        try {
            return Migrations.of(database).alone(work);
        } catch (RuntimeException failed) {
            throw DatabaseFailure.of(failed, database);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
