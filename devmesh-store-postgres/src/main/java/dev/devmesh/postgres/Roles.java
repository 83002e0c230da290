package dev.devmesh.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The roles that units of work enter: {@code devmesh_app} for tenants, {@code devmesh_system} for the system operations;
 * and {@code devmesh_operator}, for people who look. Nobody logs in as one of them.
 *
 * <p>Roles belong to the cluster, not to a database: another database's migration may make the same at the same time.
 */
final class Roles {

    private static final Logger LOG = LoggerFactory.getLogger(Roles.class);

    static final List<String> ALL = List.of("devmesh_app", "devmesh_system", "devmesh_operator");
    private static final List<String> ENTERED = List.of("devmesh_app", "devmesh_system");

    /** Made by somebody else meanwhile: duplicate object, unique violation, tuple concurrently updated. */
    private static final Set<String> RACES = Set.of("42710", "23505", "XX000");

    private Roles() {}

    /** Makes what is missing; {@code worker} is who works besides the user of the connection, or empty. */
    static void ensure(Connection connection, String worker) throws SQLException {
        try {
            for (String role : ALL) {
                if (!is(connection, "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = ?)", role)) {
                    tolerant(connection, "CREATE ROLE " + role + " NOLOGIN");
                }
            }
            for (String role : ENTERED) {
                grant(connection, role, user(connection));
                if (!worker.isEmpty()) {
                    grant(connection, role, worker);
                }
            }
        } catch (SQLException refused) {
            if (Failures.state(refused).equals("42501")) {
                throw new IllegalStateException(
                        "PostgreSQL: this user may not create or grant roles. Have an administrator run:\n"
                                + sql(worker.isEmpty() ? user(connection) : worker),
                        refused);
            }
            throw refused;
        }
        monitoring(connection);
    }

    /** What {@link #ensure} does, for somebody who may. */
    static String sql(String worker) {
        String grantee = worker.isEmpty() ? "CURRENT_USER" : quoted(worker);
        StringBuilder sql = new StringBuilder();
        for (String role : ALL) {
            sql.append("DO $$ BEGIN CREATE ROLE ")
                    .append(role)
                    .append(" NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n");
        }
        return sql.append("GRANT devmesh_app, devmesh_system TO ")
                .append(grantee)
                .append(";\n")
                .toString();
    }

    private static void grant(Connection connection, String role, String user) throws SQLException {
        boolean knowsSet = connection.getMetaData().getDatabaseMajorVersion() >= 16;
        // From 16 on: whether the user may enter the role, which its creator for example may not by itself.
        String may = "SELECT pg_catalog.pg_has_role(?, '" + role + "', '" + (knowsSet ? "SET" : "MEMBER") + "')";
        if (!is(connection, may, user)) {
            // Entering is enough: without inheriting, a statement outside a unit of work sees nothing.
            String how = knowsSet ? " WITH INHERIT FALSE, SET TRUE" : "";
            tolerant(connection, "GRANT " + role + " TO " + quoted(user) + how);
        }
    }

    /** Good to have for who looks into trouble, and a matter of superusers: without it only that is missing. */
    private static void monitoring(Connection connection) throws SQLException {
        for (String role : List.of("pg_monitor", "pg_signal_backend")) {
            try {
                tolerant(connection, "GRANT " + role + " TO devmesh_operator");
            } catch (SQLException refused) {
                if (!Failures.state(refused).equals("42501")) {
                    throw refused;
                }
                LOG.info("PostgreSQL: devmesh_operator is no member of {}; a superuser can grant it", role);
            }
        }
    }

    private static void tolerant(Connection connection, String sql) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
                return;
            } catch (SQLException failed) {
                String state = Failures.state(failed);
                if (state.equals("42710")) {
                    return;
                }
                if (!RACES.contains(state) || attempt == 20) {
                    throw failed;
                }
            }
        }
    }

    private static String user(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT session_user")) {
            row.next();
            return row.getString(1);
        }
    }

    private static boolean is(Connection connection, String sql, String value) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, value);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
