package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Role;
import dev.devmesh.context.Search;
import dev.devmesh.store.Found;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How good and how quick the search by vectors is among 50,000 of 384 numbers of one tenant, with as many again of another
 * tenant around them, as the application role: by the index, and one by one.
 */
@Tag("slow")
final class VectorSearchTest {

    private static final int ITEMS = 50_000;
    private static final int DIMENSIONS = 384;
    private static final int QUESTIONS = 50;
    private static final int HITS = 10;
    private static final String MODEL = "model-a";
    private static final Tenant ACME = new Tenant("acme");

    private static TestPostgres.Database database;
    private static PostgresStore store;
    private static float[][] vectors;
    private static float[][] questions;

    @BeforeAll
    static void fill() throws SQLException, IOException {
        database = TestPostgres.withVectors();
        Random random = new Random(7);
        ManyVectors many = new ManyVectors(random, DIMENSIONS, 500);
        vectors = many.next(ITEMS);
        questions = many.next(QUESTIONS);
        long begun = System.nanoTime();
        ManyVectors.store(database, "acme", MODEL, vectors);
        ManyVectors.store(database, "globex", MODEL, many.next(ITEMS));
        System.out.println("Stored 2 x 50,000 vectors in " + since(begun));
        begun = System.nanoTime();
        store = PostgresStore.open(
                database.settings().indexed(MODEL, DIMENSIONS).queryTimeout(Duration.ofMinutes(5)), Clock.systemUTC());
        System.out.println("Made the index of 100,000 vectors in " + since(begun) + ", size "
                + database.query("SELECT pg_size_pretty(pg_relation_size('devmesh." + VectorIndex.NAME + "'))"));
    }

    @AfterAll
    static void close() {
        if (store != null) {
            store.close();
            database.close();
        }
    }

    @Test
    void theIndexFindsWhatAnExactSearchFinds() {
        assertRecall("100 %", Search.text("x"), i -> true);
        assertRecall("10 %", Search.text("x").metadata("tenth", "yes"), i -> i % 10 == 3);
        assertRecall("1 %", Search.text("x").metadata("hundredth", "yes"), i -> i % 100 == 7);
        assertRecall("10 % by role", Search.text("x").role(Role.TOOL), i -> i % 10 == 4);
        assertRecall("1 % by time", Search.text("x").until(ManyVectors.OLD.plusSeconds(1)), i -> i % 100 == 9);
        assertRecall("of one context, 2 %", Search.text("x").in("ctx_acme_9"), i -> i / 1_000 == 9);
        assertRecall("0.02 %, too few for the index", Search.text("x").metadata("rare", "yes"), i -> i % 5_000 == 11);
    }

    private static void assertRecall(String what, Search search, IntPredicate admits) {
        int right = 0;
        int wanted = 0;
        long[] took = new long[QUESTIONS];
        for (int q = 0; q < QUESTIONS; q++) {
            float[] question = questions[q];
            Set<Long> exact = exact(question, admits);
            long begun = System.nanoTime();
            List<Found> found = store.inTransaction(
                    ACME, session -> session.embeddings().nearest(question, MODEL, search.limit(HITS), Instant.now()));
            took[q] = System.nanoTime() - begun;
            assertThat(found)
                    .allSatisfy(hit -> assertThat(hit.item().contextId()).startsWith("ctx_acme_"));
            wanted += exact.size();
            right += (int)
                    found.stream().filter(hit -> exact.contains(number(hit))).count();
        }
        Arrays.sort(took);
        double recall = (double) right / wanted;
        System.out.printf(
                "Recall@%d of %d questions at selectivity %s: %.3f; median %.1f ms, 95th percentile %.1f ms%n",
                HITS, QUESTIONS, what, recall, took[QUESTIONS / 2] / 1e6, took[QUESTIONS * 95 / 100] / 1e6);
        assertThat(recall).as("recall at selectivity %s", what).isGreaterThanOrEqualTo(0.95);
    }

    private static long number(Found hit) {
        return Long.parseLong(hit.item().id().substring("item_acme_".length()));
    }

    private static Set<Long> exact(float[] question, IntPredicate admits) {
        return new HashSet<>(IntStream.range(0, ITEMS)
                .filter(admits)
                .boxed()
                .sorted((a, b) -> Double.compare(
                        ManyVectors.cosine(vectors[b], question), ManyVectors.cosine(vectors[a], question)))
                .limit(HITS)
                .map(Integer::longValue)
                .toList());
    }

    @Test
    void theSearchUsesTheIndexAsTheApplicationRole() throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            // The plan of a statement within a function is only in the log, which this sends here.
            statement.execute("LOAD 'auto_explain'");
            statement.execute("SET auto_explain.log_min_duration = 0");
            statement.execute("SET auto_explain.log_nested_statements = on");
            statement.execute("SET auto_explain.log_analyze = on");
            statement.execute("SET auto_explain.log_level = notice");
            statement.execute("SET ROLE devmesh_app");
            statement.execute("SET devmesh.tenant_id = 'acme'");
            for (String role : List.of("", "tool")) {
                statement.clearWarnings();
                statement
                        .executeQuery("SELECT * FROM devmesh.nearest_items_indexed('"
                                + Arrays.toString(questions[0])
                                        .replace('[', '{')
                                        .replace(']', '}') + "', '" + MODEL
                                + "', '', '', '" + role + "', '-infinity', 'infinity', '{}', now(), 10)")
                        .close();
                StringBuilder plan = new StringBuilder();
                for (SQLWarning line = statement.getWarnings(); line != null; line = line.getNextWarning()) {
                    plan.append(line.getMessage()).append('\n');
                }

                assertThat(plan.toString())
                        .contains("Index Scan using " + VectorIndex.NAME)
                        .doesNotContain("Seq Scan on vector_embeddings");
            }
        }
    }

    @Test
    void whatLookingAtEachCosts() throws SQLException, IOException {
        for (int count : new int[] {10_000, 50_000, 100_000}) {
            try (TestPostgres.Database plain = TestPostgres.migrated()) {
                float[][] some = new ManyVectors(new Random(9), DIMENSIONS, 500).next(count);
                ManyVectors.store(plain, "acme", MODEL, some);
                PostgresSettings settings = plain.settings().queryTimeout(Duration.ofMinutes(5));
                try (PostgresStore unindexed = PostgresStore.open(settings)) {
                    List<Long> took = new ArrayList<>();
                    for (int q = 0; q < 5; q++) {
                        float[] question = questions[q];
                        long begun = System.nanoTime();
                        unindexed.inTransaction(
                                ACME,
                                session -> session.embeddings()
                                        .nearest(
                                                question,
                                                MODEL,
                                                Search.text("x").limit(HITS),
                                                Instant.now()));
                        took.add((System.nanoTime() - begun) / 1_000_000);
                    }
                    System.out.println("Looking at each of " + count + " vectors took "
                            + took.stream().sorted().toList() + " ms");
                }
            }
        }
    }

    private static String since(long begun) {
        return (System.nanoTime() - begun) / 1_000_000 + " ms";
    }
}
