package dev.devmesh.postgres;

import dev.devmesh.contract.IdempotencyContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresIdempotencyTest extends IdempotencyContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
