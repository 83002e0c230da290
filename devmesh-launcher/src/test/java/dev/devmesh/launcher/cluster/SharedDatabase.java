package dev.devmesh.launcher.cluster;

import dev.devmesh.postgres.PostgresSettings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An empty database on a server of its own, or on the one that {@code DEVMESH_TEST_PG_URL} (of a superuser) names. */
final class SharedDatabase implements AutoCloseable {

    private final @Nullable EmbeddedPostgres server;
    private final PostgresSettings administrator;
    private final String name = "devmesh_" + Long.toString(System.nanoTime(), 36);

    SharedDatabase() throws IOException, SQLException {
        String given = System.getenv("DEVMESH_TEST_PG_URL");
        if (given != null && !given.isBlank()) {
            server = null;
            administrator = PostgresSettings.of(given);
        } else {
            server = EmbeddedPostgres.builder()
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .setServerConfig("fsync", "off")
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .start();
            administrator = PostgresSettings.of("127.0.0.1", server.getPort(), "postgres")
                    .user("postgres", "");
        }
        execute("CREATE DATABASE " + name);
    }

    PostgresSettings settings() {
        return PostgresSettings.of(administrator.url().replaceFirst("(//[^/]*/)[^?]*", "$1" + name))
                .user(administrator.user(), administrator.password())
                .poolSize(5);
    }

    @Override
    public void close() throws IOException, SQLException {
        execute("DROP DATABASE " + name + " WITH (FORCE)");
        if (server != null) {
            server.close();
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        administrator.url(), administrator.user(), administrator.password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
