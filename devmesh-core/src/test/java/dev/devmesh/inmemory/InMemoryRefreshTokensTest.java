package dev.devmesh.inmemory;

import dev.devmesh.contract.RefreshTokenContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryRefreshTokensTest extends RefreshTokenContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
