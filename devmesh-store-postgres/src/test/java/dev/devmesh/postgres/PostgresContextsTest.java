package dev.devmesh.postgres;

import dev.devmesh.contract.ContextsContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresContextsTest extends ContextsContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
