package dev.devmesh.inmemory;

import dev.devmesh.contract.SessionStoreContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemorySessionTest extends SessionStoreContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
