package dev.devmesh.inmemory;

import dev.devmesh.contract.AuditContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class InMemoryAuditTest extends AuditContract {

    @Override
    protected Store open(Clock clock) {
        return InMemoryStore.create(clock);
    }
}
