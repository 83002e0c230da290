package dev.devmesh.inmemory;

import dev.devmesh.contract.ErasureContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryErasureTest extends ErasureContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
