package dev.devmesh.postgres;

import dev.devmesh.contract.TenantIsolationContract;
import dev.devmesh.store.Store;
import java.time.Clock;

/** On a server with the extension {@code vector}, searching by its index. */
final class VectorTenantIsolationTest extends TenantIsolationContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.openIndexed(clock, "model", 3);
    }
}
