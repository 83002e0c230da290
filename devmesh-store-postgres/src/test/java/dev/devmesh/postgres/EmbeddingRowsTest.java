package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.embedding.Embedder;
import dev.devmesh.embedding.EmbeddingModel;
import dev.devmesh.store.PendingItem;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the table of embeddings holds, whoever dies or deletes at the same time. */
final class EmbeddingRowsTest {

    private static final Tenant ACME = new Tenant("acme");
    private static final Principal ALICE = Principal.administrator(ACME, "alice");

    private final TestPostgres.Database database = TestPostgres.migrated();
    private final PostgresStore store = PostgresStore.open(database.settings().acquireTimeout(Duration.ofMinutes(1)));
    private final Contexts contexts = Contexts.in(store, Clock.systemUTC());

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void twoHundredSweepersAtOnceAreNeverLentTheSameItem() throws Exception {
        append(contexts.create(ALICE, NewContext.named("c")).id(), 1_000);
        Instant now = Instant.now().plusSeconds(1);
        ExecutorService sweepers = Executors.newFixedThreadPool(200);
        List<String> lent = new ArrayList<>();
        try {
            Callable<List<PendingItem>> sweep = () -> store.system().leaseEmbeddings(now, now.plusSeconds(60), 7);
            for (int round = 0; round < 2; round++) {
                for (Future<List<PendingItem>> some : sweepers.invokeAll(Collections.nCopies(200, sweep))) {
                    some.get().forEach(item -> lent.add(item.itemId()));
                }
            }
        } finally {
            sweepers.shutdownNow();
        }

        assertThat(lent).doesNotHaveDuplicates().hasSize(1_000);
        assertThat(database.query("SELECT DISTINCT attempts FROM devmesh.vector_embeddings"))
                .containsExactly("1");
    }

    @Test
    void whatAKilledProcessWasEmbeddingIsEmbeddedByTheNext() throws Exception {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        append(id, 600);
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledEmbedder.class.getName(),
                        database.settings().url(),
                        database.settings().user(),
                        database.settings().password())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> count("state = 'done'") >= 100 && count("state = 'pending' AND attempts > 0") > 0);
        } finally {
            child.destroyForcibly().waitFor();
        }
        long done = count("state = 'done'");
        assertThat(done).isLessThan(600);

        Clock later = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(3));
        EmbeddingModel model = EmbeddingModel.lexicalHash(384);
        try (Embedder next = new Embedder(store, model, later, event -> {})) {
            while (next.sweep() > 0) {
                // Until nothing is due any more.
            }
        }

        assertThat(count("state <> 'done'")).isZero();
        assertThat(count("model = '" + model.name() + "' AND dimensions = 384")).isEqualTo(600);
    }

    @Test
    void embeddingAndTruncatingAtTheSameTimeNeverWaitForEachOther() throws Exception {
        String id = contexts.create(ALICE, NewContext.named("c").maxTokens(200)).id();
        EmbeddingModel model = EmbeddingModel.lexicalHash(16);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < 2; writer++) {
                running.add(threads.submit(() -> IntStream.range(0, 100).forEach(i -> append(id, 10))));
                running.add(threads.submit(() -> {
                    Embedder embedder = new Embedder(store, model, Clock.systemUTC(), event -> {});
                    IntStream.range(0, 200).forEach(i -> embedder.sweep());
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(database.query("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
                .containsExactly("0");
        assertThat(database.query("SELECT count(*) FROM devmesh.vector_embeddings"))
                .isEqualTo(database.query("SELECT count(*) FROM devmesh.context_items"));
    }

    @Test
    void everyItemHasOneRowAndNoRowOutlivesItsItem() {
        String kept =
                contexts.create(ALICE, NewContext.named("kept").maxTokens(100)).id();
        String brief = contexts.create(ALICE, NewContext.named("brief").expiresIn(Duration.ofSeconds(5)))
                .id();
        String deleted = contexts.create(ALICE, NewContext.named("deleted")).id();
        for (String id : List.of(kept, brief, deleted, kept)) {
            append(id, 20);
        }
        Embedder embedder = new Embedder(
                store, EmbeddingModel.lexicalHash(16), Clock.offset(Clock.systemUTC(), Duration.ofSeconds(1)), e -> {});
        while (embedder.sweep() > 0) {
            // Until nothing is due any more.
        }
        contexts.delete(ALICE, deleted);
        store.system().purge(Instant.now().plusSeconds(10), Instant.now());

        assertThat(database.query("SELECT context_id || '/' || seq FROM devmesh.vector_embeddings ORDER BY 1"))
                .isNotEmpty()
                .isEqualTo(database.query("SELECT context_id || '/' || seq FROM devmesh.context_items ORDER BY 1"));
        assertThat(store.system().embeddingBacklog("another").pending()).isZero();
        assertThat(store.system().embeddingBacklog("another").otherModels()).isTrue();
        contexts.eraseTenant(ALICE);
        assertThat(count("true")).isZero();
        assertThat(store.system().embeddingBacklog("another").otherModels()).isFalse();
    }

    private void append(String id, int items) {
        for (int begun = 0; begun < items; begun += 100) {
            int from = begun;
            contexts.append(
                    ALICE,
                    id,
                    IntStream.range(from, Math.min(items, from + 100))
                            .mapToObj(i -> Item.user("text number " + i))
                            .toList());
        }
    }

    private long count(String which) {
        return Long.parseLong(database.query("SELECT count(*) FROM devmesh.vector_embeddings WHERE " + which)
                .get(0));
    }
}
