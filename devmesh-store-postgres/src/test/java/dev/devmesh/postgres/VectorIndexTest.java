package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Search;
import dev.devmesh.store.Found;
import dev.devmesh.store.PendingItem;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the index of embeddings is made, made anew, and left alone. */
final class VectorIndexTest {

    private static final Tenant ACME = new Tenant("acme");
    private static final Principal ALICE = Principal.administrator(ACME, "alice");
    private static final String INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = '" + VectorIndex.NAME + "'";
    private static final String OID = "SELECT 'devmesh." + VectorIndex.NAME + "'::regclass::oid"
            + " UNION ALL SELECT 'devmesh.nearest_items_indexed'::regproc::oid";

    private final TestPostgres.Database database = fresh();

    /** A migrated one, dropped afterwards, on a server that has the extension. */
    private static TestPostgres.Database fresh() {
        TestPostgres.withVectors().close();
        TestPostgres.Database database = TestPostgres.empty();
        Migrations.of(database.settings()).apply();
        return database;
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void itIsMadeOnceAndWithTheExtension() {
        open("model-a", 3).close();
        List<String> first = database.query(OID);
        assertThat(database.query(INDEX).get(0)).contains("hnsw", "vector_cosine_ops", "vector(3)", "model-a");

        open("model-a", 3).close();
        PostgresStore.open(database.settings()).close();

        assertThat(database.query(OID)).isEqualTo(first);
    }

    @Test
    void itIsMadeForTheModelThatIsConfiguredWhateverItsName() {
        open("model-a", 3).close();
        String odd = "it's \\ a $$ \"model\" $query$ %L {}";
        try (PostgresStore store = open(odd, 4)) {
            assertThat(database.query(INDEX)).hasSize(1).first().asString().contains("vector(4)");
            embed(store, odd, new float[] {1, 2, 3, 4});
            assertThat(nearest(store, odd, new float[] {1, 2, 3, 4})).hasSize(1);
            assertThat(nearest(store, "model-a", new float[] {1, 2, 3, 4})).isEmpty();
        }
    }

    @Test
    void embeddingsOfAnotherModelThanTheIndexedAreStillFound() {
        try (PostgresStore store = open("model-a", 3)) {
            embed(store, "model-b", new float[] {1, 2});

            assertThat(nearest(store, "model-b", new float[] {1, 2})).hasSize(1);
            assertThat(nearest(store, "model-a", new float[] {1, 2, 3})).isEmpty();
        }
    }

    @Test
    void longEmbeddingsAreIndexedByHalfTheirDigitsAndVeryLongOnesNot() {
        for (int dimensions : new int[] {2_001, 4_000, 4_001}) {
            float[] vector = new float[dimensions];
            vector[dimensions - 1] = 3;
            try (PostgresStore store = open("model-" + dimensions, dimensions)) {
                embed(store, "model-" + dimensions, vector);
                assertThat(nearest(store, "model-" + dimensions, vector))
                        .singleElement()
                        .satisfies(found -> assertThat(found.score()).isEqualTo(1));
            }
        }
        assertThat(database.query(INDEX).get(0)).contains("halfvec(4000)");
    }

    @Test
    void theLongestEmbeddingsAreComparedToo() {
        float[] vector = new float[16_000];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = i % 7 - 3;
        }
        try (PostgresStore store = PostgresStore.open(database.settings())) {
            embed(store, "long", vector);
            assertThat(nearest(store, "long", vector)).hasSize(1);
        }
    }

    @Test
    void oneThatWasLeftHalfMadeIsMadeAnew() {
        open("model-a", 3).close();
        database.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'devmesh." + VectorIndex.NAME
                + "'::regclass");

        open("model-a", 3).close();

        assertThat(database.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'devmesh." + VectorIndex.NAME
                        + "'::regclass"))
                .containsExactly("t");
    }

    @Test
    void severalNodesMakeItOnce() throws Exception {
        ExecutorService nodes = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> starting = new ArrayList<>();
            for (int node = 0; node < 4; node++) {
                starting.add(nodes.submit(() -> open("model-a", 3).close()));
            }
            for (Future<?> node : starting) {
                node.get();
            }
        } finally {
            nodes.shutdownNow();
        }

        assertThat(database.query(INDEX)).hasSize(1);
    }

    @Test
    void whoMayNotMakeTheExtensionWorksWithoutIt() {
        String owner = database.name() + "_owner";
        database.execute("CREATE ROLE " + owner + " LOGIN");
        database.execute("GRANT devmesh_app, devmesh_system, devmesh_operator TO " + owner + " WITH ADMIN OPTION");
        try (TestPostgres.Database theirs = TestPostgres.empty()) {
            database.execute("ALTER DATABASE " + theirs.name() + " OWNER TO " + owner);
            PostgresSettings settings = theirs.settings().user(owner, "").indexed("model-a", 3);
            try (PostgresStore store = PostgresStore.open(settings)) {
                embed(store, "model-a", new float[] {1, 2, 3});
                assertThat(nearest(store, "model-a", new float[] {1, 2, 3})).hasSize(1);
            }
            theirs.execute("CREATE SCHEMA extensions; CREATE EXTENSION vector SCHEMA extensions;"
                    + " GRANT USAGE ON SCHEMA extensions TO PUBLIC");
            for (String model : List.of("model-a", "model-b")) {
                PostgresStore.open(settings.indexed(model, 3)).close();
                assertThat(theirs.query(INDEX).get(0)).contains("hnsw", model);
            }
            try (PostgresStore store = PostgresStore.open(settings)) {
                assertThat(nearest(store, "model-a", new float[] {1, 2, 3})).hasSize(1);
            }
        } finally {
            database.execute("DROP ROLE " + owner);
        }
    }

    @Test
    void searchingWithoutATenantIsRefused() throws SQLException {
        open("model-a", 3).close();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE devmesh_app");
            for (String function : List.of("nearest_items", "nearest_items_indexed")) {
                assertThatThrownBy(() -> statement.execute("SELECT * FROM devmesh." + function
                                + "('{1,2,3}', 'model-a', '', '', '', '-infinity', 'infinity', '{}', now(), 9)"))
                        .hasMessageContaining("devmesh.tenant_id is not set");
            }
            assertThatThrownBy(
                            () -> statement.execute(
                                    "SELECT * FROM"
                                            + " devmesh.nearest_by_index('{1,2,3}', 'acme', '', '', '', '-infinity', 'infinity', '{}', now(), 9)"))
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    void aModelWithoutDimensionsIsRefused() {
        for (int dimensions : new int[] {-1, 0, 16_001}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> database.settings().indexed("model", dimensions));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> database.settings().indexed("", 3));
    }

    private PostgresStore open(String model, int dimensions) {
        return PostgresStore.open(database.settings().indexed(model, dimensions));
    }

    private static void embed(PostgresStore store, String model, float[] vector) {
        Contexts contexts = Contexts.in(store, Clock.systemUTC());
        contexts.append(ALICE, contexts.create(ALICE, NewContext.named("c")).id(), Item.user("text"));
        Instant now = Instant.now().plusSeconds(1);
        PendingItem item =
                store.system().leaseEmbeddings(now, now.plusSeconds(60), 1).get(0);
        assertThat(store.<Boolean>inTransaction(
                        ACME, session -> session.embeddings().done(item, model, "0".repeat(64), vector)))
                .isTrue();
    }

    private static List<Found> nearest(PostgresStore store, String model, float[] question) {
        return store.inTransaction(
                ACME, session -> session.embeddings().nearest(question, model, Search.text("x"), Instant.now()));
    }
}
