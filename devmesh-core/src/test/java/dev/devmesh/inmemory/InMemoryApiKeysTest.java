package dev.devmesh.inmemory;

import dev.devmesh.contract.ApiKeysContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryApiKeysTest extends ApiKeysContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
