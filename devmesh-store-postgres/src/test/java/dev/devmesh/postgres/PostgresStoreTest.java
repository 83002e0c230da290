package dev.devmesh.postgres;

import dev.devmesh.contract.StoreContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresStoreTest extends StoreContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
