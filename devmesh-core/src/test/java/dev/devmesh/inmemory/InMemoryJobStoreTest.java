package dev.devmesh.inmemory;

import dev.devmesh.contract.JobStoreContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryJobStoreTest extends JobStoreContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
