package dev.devmesh.postgres;

import dev.devmesh.contract.JobStoreContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresJobStoreTest extends JobStoreContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
