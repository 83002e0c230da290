package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.devmesh.cluster.ClusterBus;
import dev.devmesh.cluster.ClusterMessage;
import dev.devmesh.cluster.ClusterMessage.Gap;
import dev.devmesh.cluster.ClusterMessage.KeyRevoked;
import dev.devmesh.contract.ClusterBusContract;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.LoggerFactory;

final class PostgresClusterBusTest extends ClusterBusContract {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final TestPostgres.Database database = TestPostgres.empty();
    private final Map<ClusterBus, Cable> cables = new ConcurrentHashMap<>();
    private final List<AutoCloseable> more = new ArrayList<>();

    @Override
    protected ClusterBus open() {
        Cable cable = Cable.to(database.settings());
        ClusterBus bus = PostgresClusterBus.open(cable.settings());
        cables.put(bus, cable);
        return bus;
    }

    @Override
    protected void whileCutOff(ClusterBus node, Runnable meanwhile) {
        Cable cable = cables.get(node);
        cable.pull();
        meanwhile.run();
        cable.plugIn();
    }

    @Override
    @AfterEach
    protected void closeNodes() {
        super.closeNodes();
        cables.keySet().forEach(ClusterBus::close);
        cables.values().forEach(Cable::close);
        await().atMost(LONG).untilAsserted(() -> assertThat(threads()).isEmpty());
        database.close();
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("devmesh-cluster"))
                .toList();
    }

    private static ClusterMessage numbered(int i) {
        return new KeyRevoked("key_" + i);
    }

    private static List<ClusterMessage> ear(ClusterBus node) {
        List<ClusterMessage> heard = new CopyOnWriteArrayList<>();
        node.subscribe(heard::add);
        return heard;
    }

    private static void awaitHeard(List<ClusterMessage> heard, ClusterMessage message) {
        await().atMost(LONG).untilAsserted(() -> assertThat(heard).contains(message));
    }

    private List<String> connections() {
        return database.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'devmesh-test-bus'"
                + " AND datname = current_database()");
    }

    @Test
    void aNodeWhoseConnectionsTheServerEndsIsBackWithinThreeSecondsAndHearsThatItMayHaveMissedSomething() {
        ClusterBus sender = open();
        List<ClusterMessage> heard = ear(open());
        sender.publish(numbered(1));
        awaitHeard(heard, numbered(1));
        assertThat(connections()).hasSize(2);

        long ended = System.nanoTime();
        connections().forEach(pid -> database.execute("SELECT pg_terminate_backend(" + pid + ")"));
        awaitHeard(heard, new Gap());
        sender.publish(numbered(2));
        awaitHeard(heard, numbered(2));

        assertThat(Duration.ofNanos(System.nanoTime() - ended)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void aConnectionThatDiedWithoutASignIsNoticed() {
        ClusterBus listening = open();
        List<ClusterMessage> heard = ear(listening);
        ClusterBus sender = open();
        sender.publish(numbered(1));
        awaitHeard(heard, numbered(1));

        cables.get(listening).die();
        cables.get(sender).die();
        sender.publish(numbered(2));

        awaitHeard(heard, new Gap());
        sender.publish(numbered(3));
        awaitHeard(heard, numbered(3));
    }

    @Test
    void whoSubscribesWhileThereIsNoServerHearsAGapWhenThereIs() {
        ClusterBus node = open();
        cables.get(node).pull();
        long began = System.nanoTime();
        List<ClusterMessage> heard = ear(node);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        assertThat(heard).isEmpty();

        cables.get(node).plugIn();

        awaitHeard(heard, new Gap());
        open().publish(numbered(1));
        awaitHeard(heard, numbered(1));
    }

    @Test
    void manyEqualMessagesBecomeFew() throws SQLException {
        try (Connection plain = database.connect();
                Statement statement = plain.createStatement()) {
            statement.execute("LISTEN devmesh");
            ClusterBus sender = open();
            for (int i = 0; i < 10_000; i++) {
                sender.publish(numbered(i % 2));
            }
            sender.publish(numbered(2));

            List<String> sent = new ArrayList<>();
            await().atMost(LONG).until(() -> {
                for (PGNotification one : plain.unwrap(PGConnection.class).getNotifications(100)) {
                    sent.add(one.getParameter());
                }
                return sent.stream().anyMatch(text -> text.contains("key_2"));
            });
            assertThat(sent).hasSizeBetween(3, 1_000);
        }
    }

    @Test
    void whatIsNoMessageIsLeftOut() {
        List<ClusterMessage> heard = ear(open());
        database.execute("NOTIFY devmesh");
        database.execute("NOTIFY devmesh, '{\"v\":1}'");
        database.execute("NOTIFY devmesh, '" + "[".repeat(7_999) + "'");

        open().publish(numbered(1));

        awaitHeard(heard, numbered(1));
        assertThat(heard).containsExactly(numbered(1));
    }

    @Test
    void whatTheServerRefusesBecomesAGap() {
        List<ClusterMessage> heard = ear(open());
        database.execute("REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC");
        String user = database.name() + "_plain";
        database.execute("CREATE ROLE " + user + " LOGIN PASSWORD 'plain'");
        try (PostgresClusterBus refused =
                PostgresClusterBus.open(database.settings().user(user, "plain").applicationName("refused"))) {
            refused.publish(numbered(1));
            await().atMost(LONG)
                    .until(() -> !database.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'refused-bus'"
                                    + " AND query LIKE '%pg_notify%'")
                            .isEmpty());
            assertThat(heard).isEmpty();

            database.execute("GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO PUBLIC");

            awaitHeard(heard, new Gap());
            refused.publish(numbered(2));
            awaitHeard(heard, numbered(2));
        } finally {
            database.execute("DROP ROLE " + user);
        }
    }

    @Test
    void theLogWarnsWhoListensThroughAPoolingProxyAndNobodyElse() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(BusLine.class);
        logger.addAppender(log);
        try {
            ear(open());
            assertThat(log.list).isEmpty();
            ClusterBus behindAProxy = open();
            cables.get(behindAProxy).actAsProxy();

            ear(behindAProxy);

            await().atMost(LONG).until(() -> !log.list.isEmpty());
            assertThat(log.list)
                    .singleElement()
                    .asString()
                    .contains("there is a proxy", "give the bus an address that bypasses it");
        } finally {
            logger.detachAppender(log);
        }
    }

    @Test
    void aNodeThatPublishesAndListensHasTwoConnectionsWhichEndWithIt() {
        ClusterBus node = open();
        assertThat(connections()).isEmpty();
        ear(node);
        node.publish(numbered(1));
        await().atMost(LONG).untilAsserted(() -> assertThat(connections()).hasSize(2));

        node.close();

        await().atMost(LONG).untilAsserted(() -> assertThat(connections()).isEmpty());
    }

    @Test
    void closingTakesNoLongerThanTwoSecondsWhereNobodyAnswers() {
        ClusterBus node = open();
        ear(node);
        node.publish(numbered(1));
        await().atMost(LONG).untilAsserted(() -> assertThat(connections()).hasSize(2));
        cables.get(node).die();
        node.publish(numbered(2));

        long began = System.nanoTime();
        node.close();

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void theStoreHasOneBusAndClosesIt() {
        try (TestPostgres.Database migrated = TestPostgres.migrated()) {
            PostgresStore store = PostgresStore.open(migrated.settings());
            List<ClusterMessage> heard = new CopyOnWriteArrayList<>();
            ClusterBus bus = store.bus();
            assertThat(store.bus()).isSameAs(bus);
            try (PostgresClusterBus other = PostgresClusterBus.open(migrated.settings())) {
                other.subscribe(heard::add);
                bus.publish(numbered(1));
                store.close();
                awaitHeard(heard, numbered(1));
            }

            assertThatThrownBy(() -> bus.subscribe(heard::add)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(store::bus).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aStoreOverConnectionsOfTheCallersSaysHowToComeByABus() {
        try (TestPostgres.Database migrated = TestPostgres.migrated()) {
            PGSimpleDataSource connections = new PGSimpleDataSource();
            connections.setUrl(migrated.settings().url());
            connections.setUser(migrated.settings().user());
            connections.setPassword(migrated.settings().password());
            try (PostgresStore store = PostgresStore.over(connections, migrated.settings(), Clock.systemUTC())) {
                assertThatThrownBy(store::bus).hasMessageContaining("PostgresClusterBus.open");
            }
        }
    }
}
