package dev.devmesh.inmemory;

import dev.devmesh.contract.IdempotencyContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryIdempotencyTest extends IdempotencyContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
