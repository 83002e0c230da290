package dev.devmesh.inmemory;

import dev.devmesh.contract.StoreContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryStoreTest extends StoreContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
