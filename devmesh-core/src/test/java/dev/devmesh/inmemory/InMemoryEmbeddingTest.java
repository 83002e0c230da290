package dev.devmesh.inmemory;

import dev.devmesh.contract.EmbeddingContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryEmbeddingTest extends EmbeddingContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
