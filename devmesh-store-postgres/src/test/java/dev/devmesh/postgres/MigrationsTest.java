package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MigrationsTest {

    private final TestPostgres.Database database = TestPostgres.empty();
    private final Migrations migrations = Migrations.of(database.settings());

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void anEmptyDatabaseIsBroughtToTheNewestVersionOnce() {
        List<String> all = Migration.all().stream().map(Migration::name).toList();

        assertThat(migrations.apply()).isEqualTo(all);

        assertThat(migrations.apply()).isEmpty();
        assertThat(migrations.problems()).isEmpty();
        assertThat(migrations.sql()).isEmpty();
        assertThat(history()).isEqualTo(all);
    }

    @Test
    void everyFileIsInTheIndex() throws IOException, URISyntaxException {
        Path folder = Path.of(
                        Migration.class.getResource("migrations/index.txt").toURI())
                .getParent();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".sql")))
                    .containsExactlyInAnyOrderElementsOf(
                            Migration.all().stream().map(Migration::name).toList());
        }
    }

    @Test
    void fourNodesThatStartAtOnceMigrateOnce() {
        CyclicBarrier start = new CyclicBarrier(4);
        List<CompletableFuture<List<String>>> nodes = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                start.await();
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                            List<String> applied =
                                    Migrations.of(database.settings()).apply();
                            PostgresStore.open(database.settings()).close();
                            return applied;
                        },
                        task -> new Thread(task).start()))
                .toList();

        List<String> applied = new ArrayList<>();
        nodes.forEach(node -> applied.addAll(node.join()));

        assertThat(applied)
                .as("what all nodes together applied")
                .containsExactlyElementsOf(
                        Migration.all().stream().map(Migration::name).toList());
    }

    @Test
    void aProcessThatIsKilledWhileItMigratesLeavesNothingHalfDone() throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledMigration.class.getName(),
                        database.settings().url(),
                        database.settings().user(),
                        database.settings().password())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> !database.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                                    + " AND query LIKE '%pg_sleep(50)%' AND pid <> pg_backend_pid()")
                            .isEmpty());
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertThat(history()).doesNotContain(KilledMigration.SLOW);

        long begun = System.nanoTime();
        List<String> applied = Migrations.of(database.settings(), KilledMigration.with("SELECT 1;"))
                .apply();

        assertThat(applied).containsExactly(KilledMigration.SLOW);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        assertThat(database.query("SELECT to_regclass('devmesh.half_done') IS NOT NULL"))
                .containsExactly("t");
    }

    @Test
    void aMigrationThatFailsIsUndoneAndThoseBeforeItStay() {
        assertThatIllegalStateException()
                .isThrownBy(() -> Migrations.of(database.settings(), KilledMigration.with("SELECT 1/0;"))
                        .apply());

        assertThat(database.query("SELECT to_regclass('devmesh.half_done') IS NULL"))
                .containsExactly("t");
        assertThat(history()).hasSize(Migration.all().size());
        assertThat(migrations.problems()).isEmpty();
    }

    @Test
    void aMigrationThatWasEditedIsRefused() {
        migrations.apply();
        database.execute("UPDATE devmesh.schema_history SET checksum = 'x' WHERE version = 2");

        assertThatIllegalStateException()
                .isThrownBy(migrations::apply)
                .withMessageContaining("V0002__api_keys.sql")
                .withMessageContaining("another text");
        assertThatIllegalStateException().isThrownBy(() -> PostgresStore.open(database.settings()));
        assertThat(migrations.problems()).singleElement().asString().contains("V0002__api_keys.sql");
    }

    @Test
    void aSchemaFromANewerVersionIsRefusedWithBothNumbers() {
        migrations.apply();
        database.execute("INSERT INTO devmesh.schema_history VALUES (99, 'V0099__later.sql', 'x', now(), 1)");

        assertThatIllegalStateException()
                .isThrownBy(migrations::apply)
                .withMessageContaining("99")
                .withMessageContaining(String.valueOf(Migration.all().size()));
    }

    @Test
    void lookingChangesNothing() {
        int count = Migration.all().size();

        assertThat(migrations.problems()).hasSize(count).allMatch(problem -> problem.contains("is not applied"));
        assertThat(migrations.sql()).contains("CREATE TABLE devmesh.contexts");
        assertThatIllegalStateException()
                .isThrownBy(() -> PostgresStore.open(database.settings().migrates(false)))
                .withMessageContaining("V0001__contexts.sql is not applied");

        assertThat(database.query("SELECT nspname FROM pg_namespace WHERE nspname = 'devmesh'"))
                .isEmpty();
    }

    @Test
    void thePrintedSqlDoesWhatApplyingDoes() {
        database.execute(migrations.sql());

        assertThat(migrations.problems()).isEmpty();
        PostgresStore.open(database.settings().migrates(false)).close();
    }

    @Test
    void aDatabaseThatCannotBeReachedIsUnavailable() {
        MeshException refusal = Assertions.catchThrowableOfType(
                MeshException.class,
                () -> PostgresStore.open("jdbc:postgresql://127.0.0.1:1/nowhere", "someone", "secret-word"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.DATABASE_UNAVAILABLE);
        assertThat(refusal.retryAfter()).isPresent();
        assertThat(refusal.sentence()).doesNotContain("127.0.0.1", "secret-word");
    }

    private List<String> history() {
        return database.query("SELECT name FROM devmesh.schema_history ORDER BY version");
    }
}
