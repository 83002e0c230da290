package dev.devmesh.inmemory;

import dev.devmesh.contract.TaskContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryTaskTest extends TaskContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
