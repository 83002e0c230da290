package dev.devmesh.postgres;

import dev.devmesh.contract.ApiKeysContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresApiKeysTest extends ApiKeysContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
