package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.postgres.testing.RestartablePostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** PostgreSQL goes down at once and comes back while clients write. */
final class RestartTest {

    private static final Principal ALICE = Principal.administrator(new Tenant("acme"), "alice");
    private static final int WRITERS = 16;

    /** What clients know, kept outside the database. */
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();

    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private final Queue<Duration> refusals = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicLong lastSuccess = new AtomicLong();
    private final AtomicBoolean stop = new AtomicBoolean();

    @Test
    void nothingAcknowledgedIsLostAndAllIsWellSoonAfterwards() throws Exception {
        try (RestartablePostgres server = RestartablePostgres.start();
                PostgresStore store = PostgresStore.open(server.settings())) {
            Contexts contexts = Contexts.in(store, Clock.systemUTC());
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                String name = "writer" + i;
                String id = contexts.create(ALICE, NewContext.named(name)).id();
                Thread writer = new Thread(() -> write(contexts, id, name), name);
                writer.start();
                writers.add(writer);
            }
            for (Duration outage : List.of(Duration.ZERO, Duration.ofSeconds(6))) {
                int before = acknowledged.size();
                await().atMost(Duration.ofSeconds(20)).until(() -> acknowledged.size() > before + 200);
                server.stopAtOnce();
                pause(outage);
                server.startAgain();
                long back = System.nanoTime();
                await().atMost(Duration.ofSeconds(5))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> lastSuccess.get() > back);
            }
            stop.set(true);
            for (Thread writer : writers) {
                writer.join(10_000);
                assertThat(writer.isAlive()).as(writer.getName()).isFalse();
            }

            assertThat(wrong)
                    .as("what is no refusal that says when to come again")
                    .isEmpty();
            assertThat(refusals).isNotEmpty().allMatch(took -> took.compareTo(Duration.ofSeconds(3)) < 0);
            assertThat(stored(contexts))
                    .doesNotHaveDuplicates()
                    .containsAll(acknowledged)
                    .doesNotContainAnyElementsOf(refused);
            await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> noConnectionIsLeaked(server));
        }
    }

    private void write(Contexts contexts, String id, String name) {
        for (int n = 0; !stop.get(); n++) {
            String text = name + " " + n;
            long begun = System.nanoTime();
            try {
                contexts.append(ALICE, id, Item.user(text));
                acknowledged.add(text);
                lastSuccess.set(System.nanoTime());
            } catch (MeshException refusal) {
                refusals.add(Duration.ofNanos(System.nanoTime() - begun));
                if (refusal.code() != ErrorCode.DATABASE_UNAVAILABLE
                        || refusal.retryAfter().isEmpty()) {
                    wrong.add(refusal);
                }
                if (!refusal.getMessage().contains("not known")) {
                    refused.add(text);
                }
                pause(Duration.ofMillis(20));
            } catch (RuntimeException | Error failed) {
                wrong.add(failed);
            }
        }
    }

    private static List<String> stored(Contexts contexts) {
        List<String> all = new ArrayList<>();
        for (var context :
                contexts.list(ALICE, dev.devmesh.context.Listing.all()).data()) {
            long last = 0;
            List<ContextItem> page;
            do {
                page = contexts.items(ALICE, context.id(), last, 200);
                for (ContextItem item : page) {
                    last = item.seq();
                    all.add(item.content());
                }
            } while (page.size() == 200);
        }
        return all;
    }

    private static void noConnectionIsLeaked(RestartablePostgres server) throws SQLException {
        try (Connection connection = Server.connect(server.settings().applicationName("looks on"));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT count(*), count(*) FILTER (WHERE state <> 'idle') FROM pg_stat_activity"
                                + " WHERE application_name = 'devmesh'")) {
            row.next();
            assertThat(row.getInt(1)).isBetween(1, server.settings().poolSize());
            assertThat(row.getInt(2)).as("connections within a transaction").isZero();
        }
    }

    private static void pause(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
