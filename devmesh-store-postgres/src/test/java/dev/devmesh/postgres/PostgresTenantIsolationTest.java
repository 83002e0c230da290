package dev.devmesh.postgres;

import dev.devmesh.contract.TenantIsolationContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresTenantIsolationTest extends TenantIsolationContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
