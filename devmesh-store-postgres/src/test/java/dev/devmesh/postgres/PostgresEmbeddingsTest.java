package dev.devmesh.postgres;

import dev.devmesh.contract.EmbeddingContract;
import dev.devmesh.store.Store;
import java.time.Clock;

final class PostgresEmbeddingsTest extends EmbeddingContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.open(clock);
    }
}
