package dev.devmesh.postgres;

import dev.devmesh.contract.EmbedderContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresEmbedderTest extends EmbedderContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
