package dev.devmesh.postgres;

import dev.devmesh.contract.ApiKeysContract;
import dev.devmesh.contract.ContextsContract;
import dev.devmesh.contract.EmbedderContract;
import dev.devmesh.contract.EmbeddingContract;
import dev.devmesh.contract.ErasureContract;
import dev.devmesh.contract.IdempotencyContract;
import dev.devmesh.contract.JobStoreContract;
import dev.devmesh.contract.SessionStoreContract;
import dev.devmesh.contract.StoreContract;
import dev.devmesh.contract.TaskContract;
import dev.devmesh.store.Store;
import java.time.Clock;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/** Every contract of a store once more, on a server with the extension {@code vector}, searching by its index. */
final class VectorContractsTest {

    /** Here and not only when a store is opened: the contracts close theirs, whether there is one or not. */
    @BeforeAll
    static void theServerHasTheExtension() {
        TestPostgres.withVectors().close();
    }

    @Nested
    final class OfApiKeys extends ApiKeysContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "model", 16);
        }
    }

    @Nested
    final class OfContexts extends ContextsContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "model", 16);
        }
    }

    @Nested
    final class OfEmbedder extends EmbedderContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "scripted", 384);
        }
    }

    @Nested
    final class OfEmbedding extends EmbeddingContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "model-a", 3);
        }
    }

    @Nested
    final class OfErasure extends ErasureContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "model", 16);
        }
    }

    @Nested
    final class OfIdempotency extends IdempotencyContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "model", 16);
        }
    }

    @Nested
    final class OfJobStore extends JobStoreContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "model", 16);
        }
    }

    @Nested
    final class OfSessionStore extends SessionStoreContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "model", 16);
        }
    }

    @Nested
    final class OfStoreItself extends StoreContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "model", 16);
        }
    }

    @Nested
    final class OfTask extends TaskContract {
        @Override
        protected Store open(Clock clock) {
            return TestStores.openIndexed(clock, "model", 16);
        }
    }
}
