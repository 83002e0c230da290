package dev.devmesh.rest;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.SystemStore;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/** A store whose units of work wait until they are let go, whatever interrupts them. */
record BlockedStore(Store store, CountDownLatch release) implements Store {

    @Override
    public <T> T inTransaction(Tenant tenant, Function<? super StoreSession, ? extends T> work) {
        boolean interrupted = false;
        while (release.getCount() > 0) {
            try {
                release.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
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
    }
}
