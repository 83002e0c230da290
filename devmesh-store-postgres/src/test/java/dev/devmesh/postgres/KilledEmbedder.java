package dev.devmesh.postgres;

import dev.devmesh.embedding.Embedder;
import dev.devmesh.embedding.EmbeddingModel;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A process that embeds some batches, and is killed with more of them leased and under way. */
final class KilledEmbedder {

    private KilledEmbedder() {}

    public static void main(String[] arguments) throws InterruptedException {
        PostgresStore store = PostgresStore.open(PostgresSettings.of(arguments[0])
                .user(arguments[1], arguments[2])
                .applicationName("killed"));
        for (int i = 0; i < 3; i++) {
            new Embedder(store, new Model(), Clock.systemUTC(), event -> {}).start();
        }
        TimeUnit.MINUTES.sleep(5);
    }

    /** The model of both processes; in this one it stops answering after some batches. */
    static final class Model implements EmbeddingModel {

        private final EmbeddingModel real = EmbeddingModel.lexicalHash(384);
        private final AtomicInteger batches = new AtomicInteger();

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public int dimensions() {
            return real.dimensions();
        }

        @Override
        public int maxBatch() {
            return 20;
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            if (batches.incrementAndGet() > 3) {
                try {
                    TimeUnit.MINUTES.sleep(5);
                } catch (InterruptedException ended) {
                    Thread.currentThread().interrupt();
                }
            }
            return real.embed(texts);
        }
    }
}
