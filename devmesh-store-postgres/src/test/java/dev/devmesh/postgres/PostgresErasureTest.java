package dev.devmesh.postgres;

import dev.devmesh.contract.ErasureContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresErasureTest extends ErasureContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
