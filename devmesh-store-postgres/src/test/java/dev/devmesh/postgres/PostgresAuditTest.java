package dev.devmesh.postgres;

import dev.devmesh.contract.AuditContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresAuditTest extends AuditContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
