package dev.devmesh.postgres;

import dev.devmesh.contract.RefreshTokenContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresRefreshTokensTest extends RefreshTokenContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
