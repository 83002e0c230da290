package dev.devmesh.inmemory;

import dev.devmesh.contract.AccessContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryAccessTest extends AccessContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
