package dev.devmesh.inmemory;

import dev.devmesh.contract.ContextsContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryContextsTest extends ContextsContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
