package dev.devmesh.postgres;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One real server for all tests of a JVM, stopped with it; {@code DEVMESH_TEST_PG_URL} (of a superuser) names another
 * one. Databases are made from a template that is migrated once, and used again, emptied.
 *
 * <p>Safe for use by many threads.
 */
final class TestPostgres {

    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final String RUN = Long.toString(System.nanoTime(), 36);
    private static final Base BASE = base();
    private static final Map<String, Deque<String>> FREE = new HashMap<>();
    private static final String TEMPLATE = template();
    private static @Nullable String vectorTemplate;

    private TestPostgres() {}

    /** A database of its own; close it to let another test have it. */
    static final class Database implements AutoCloseable {

        private final String name;
        private final @Nullable String template;

        private Database(String name, @Nullable String template) {
            this.name = name;
            this.template = template;
        }

        String name() {
            return name;
        }

        /** Settings of a superuser, small, for tests. */
        PostgresSettings settings() {
            return TestPostgres.settings(name);
        }

        /** A plain connection of the superuser, in no role of ours. */
        Connection connect() throws SQLException {
            return Server.connect(settings());
        }

        void execute(String sql) {
            TestPostgres.execute(name, sql);
        }

        /** The first column of each row, as the superuser. */
        List<String> query(String sql) {
            return TestPostgres.query(name, sql);
        }

        @Override
        public void close() {
            if (template != null) {
                synchronized (FREE) {
                    FREE.computeIfAbsent(template, none -> new ArrayDeque<>()).push(name);
                }
            } else {
                TestPostgres.execute(adminName(), "DROP DATABASE " + name + " WITH (FORCE)");
            }
        }
    }

    /** A migrated, empty database. */
    static Database migrated() {
        return of(TEMPLATE);
    }

    /** A migrated, empty database with the extension {@code vector}; without that the test is skipped. */
    static Database withVectors() {
        String lack = whyWithoutVectors();
        assumeTrue(lack.isEmpty(), lack);
        synchronized (FREE) {
            if (vectorTemplate == null) {
                String name = nextName();
                execute(adminName(), "CREATE DATABASE " + name + " TEMPLATE " + TEMPLATE);
                execute(name, "CREATE EXTENSION vector");
                vectorTemplate = name;
            }
            return of(vectorTemplate);
        }
    }

    /** Why tests that need the extension {@code vector} cannot run; empty if they can. */
    static String whyWithoutVectors() {
        boolean available =
                query(adminName(), "SELECT name FROM pg_available_extensions").contains("vector");
        return available
                ? ""
                : "this server has no extension vector: run scripts/pgvector, which builds it into .cache/pgvector";
    }

    private static Database of(String template) {
        String name;
        synchronized (FREE) {
            name = FREE.computeIfAbsent(template, none -> new ArrayDeque<>()).poll();
        }
        if (name == null) {
            name = nextName();
            execute(adminName(), "CREATE DATABASE " + name + " TEMPLATE " + template);
        } else {
            truncate(name);
        }
        return new Database(name, template);
    }

    /** Gives the items that a test wrote by itself what the store gives each one: they wait for their embedding. */
    static void pending(Database database) {
        database.execute("SET session_replication_role = replica; INSERT INTO devmesh.vector_embeddings"
                + " (tenant_id, context_id, seq, item_id, state, due_at)"
                + " SELECT tenant_id, context_id, seq, id, 'pending', created_at FROM devmesh.context_items"
                + " ON CONFLICT DO NOTHING");
    }

    /** A database without our schema. */
    static Database empty() {
        String name = nextName();
        execute(adminName(), "CREATE DATABASE " + name);
        return new Database(name, null);
    }

    private static void truncate(String name) {
        Database database = new Database(name, null);
        List<String> tables = database.query("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                + " WHERE schemaname = 'devmesh' AND tablename NOT IN ('schema_history', 'permissions')");
        database.execute("TRUNCATE " + String.join(", ", tables) + " RESTART IDENTITY CASCADE");
    }

    private static PostgresSettings settings(String database) {
        return BASE.at(database).poolSize(10, 0).applicationName("devmesh-test");
    }

    private static String template() {
        String name = nextName();
        execute(adminName(), "CREATE DATABASE " + name);
        Migrations.of(settings(name)).apply();
        return name;
    }

    private static String nextName() {
        return "devmesh_" + RUN + "_" + COUNTER.incrementAndGet();
    }

    private static String adminName() {
        return "postgres";
    }

    private static void execute(String database, String sql) {
        try (Connection connection = Server.connect(settings(database).queryTimeout(Duration.ofMinutes(5)));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> query(String database, String sql) {
        try (Connection connection = Server.connect(settings(database));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getString(1));
            }
            return all;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Base base() {
        String given = System.getenv("DEVMESH_TEST_PG_URL");
        if (given != null && !given.isBlank()) {
            return Base.of(given);
        }
        try {
            EmbeddedPostgres server = EmbeddedPostgres.builder()
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .setServerConfig("fsync", "off")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("max_connections", "150")
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .start();
            // Also when a test fails or the build is interrupted: a server that is left behind would stay for ever.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    server.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
            try (Connection connection = server.getPostgresDatabase().getConnection()) {
                Vectors.install(connection);
            }
            return new Base("127.0.0.1:" + server.getPort(), "postgres", "", "");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the server is, and who may do everything there. */
    private record Base(String hosts, String user, String password, String parameters) {

        /** {@code postgres://user:password@host:5432/any?parameters}. */
        static Base of(String url) {
            PostgresSettings given = PostgresSettings.of(url);
            Matcher parts =
                    Pattern.compile("jdbc:postgresql://([^/]*)/[^?]*(.*)").matcher(given.url());
            if (!parts.matches()) {
                throw new IllegalStateException(
                        "DEVMESH_TEST_PG_URL must look like postgres://user:password@host/name");
            }
            return new Base(parts.group(1), given.user(), given.password(), parts.group(2));
        }

        PostgresSettings at(String database) {
            return PostgresSettings.of("jdbc:postgresql://" + hosts + "/" + database + parameters)
                    .user(user, password);
        }
    }
}
