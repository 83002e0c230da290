package dev.devmesh.postgres;

import dev.devmesh.contract.SessionStoreContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresSessionsTest extends SessionStoreContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
