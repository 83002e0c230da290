package dev.devmesh.postgres;

import dev.devmesh.contract.TaskContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresTasksTest extends TaskContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
