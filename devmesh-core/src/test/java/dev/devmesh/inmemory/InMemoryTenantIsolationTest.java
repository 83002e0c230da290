package dev.devmesh.inmemory;

import dev.devmesh.contract.TenantIsolationContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryTenantIsolationTest extends TenantIsolationContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
