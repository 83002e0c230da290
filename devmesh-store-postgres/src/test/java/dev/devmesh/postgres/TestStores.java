package dev.devmesh.postgres;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.SystemStore;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Stores for the contracts, each over an empty database that others may use once the store is closed. */
final class TestStores {

    private TestStores() {}

    static Store open(Clock clock) {
        TestPostgres.Database database = TestPostgres.migrated();
        return open(database, database.settings(), clock);
    }

    /** One that finds near embeddings of this model by the index only, however few there are. */
    static Store openIndexed(Clock clock, String model, int dimensions) {
        TestPostgres.Database database = TestPostgres.withVectors();
        Store store = open(database, database.settings().indexed(model, dimensions), clock);
        database.execute("DO $$ BEGIN EXECUTE replace(pg_get_functiondef('devmesh.nearest_items_indexed'::regproc),"
                + " ':= 10000', ':= -1'); END $$");
        return store;
    }

    private static Store open(TestPostgres.Database database, PostgresSettings settings, Clock clock) {
        AtomicReference<StatementWatch> watched = new AtomicReference<>();
        PostgresStore store = PostgresStore.open(settings, clock, real -> {
            StatementWatch watch = new StatementWatch(real);
            watch.watch();
            watched.set(watch);
            return watch;
        });
        return closing(store, () -> {
            database.close();
            watched.get().requireStatements();
            watched.get().requireNoStrays();
        });
    }

    /** The store, whose first close also runs this. */
    static Store closing(PostgresStore store, Runnable atClose) {
        return new Store() {

            private boolean closed;

            @Override
            public <T> T inTransaction(Tenant tenant, Function<? super StoreSession, ? extends T> work) {
                return store.inTransaction(tenant, work);
            }

            @Override
            public SystemStore system() {
                return store.system();
            }

            @Override
            public Runnable onJobsEnqueued(Runnable listener) {
                return store.onJobsEnqueued(listener);
            }

            @Override
            public Runnable onItemsAppended(Runnable listener) {
                return store.onItemsAppended(listener);
            }

            @Override
            public void close() {
                store.close();
                if (!closed) {
                    closed = true;
                    atClose.run();
                }
            }
        };
    }
}
