package dev.devmesh.inmemory;

import dev.devmesh.contract.EmbedderContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryEmbedderTest extends EmbedderContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
