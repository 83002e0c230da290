package dev.devmesh.postgres;

import dev.devmesh.contract.AccessContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresAccessTest extends AccessContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
