package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.audit.AuditEntry;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is in the audit log stays as it is, whoever has the application's connection. */
final class AuditRowsTest {

    private final TestPostgres.Database database = TestPostgres.migrated();
    private final PostgresStore store = PostgresStore.open(database.settings());

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void noRoleOfTheProgramChangesAnEntryOrMakesOneUpForAnotherTenant() throws SQLException {
        Principal alice = Principal.administrator(new Tenant("acme"), "alice");
        store.inTransaction(alice.tenant(), session -> {
            session.audit().append(AuditEntry.of(alice, "key.create", "key_1", Instant.now()));
            return true;
        });
        String forged =
                "INSERT INTO devmesh.audit_log VALUES ('audit_x', 'acme', now(), 'bob', '', 'key.create', '', 'ok', '', '')";
        try (Connection connection = database.connect()) {
            run(connection, "SET devmesh.tenant_id = 'acme'");
            for (String role : List.of("devmesh_app", "devmesh_system", "devmesh_operator")) {
                run(connection, "SET ROLE " + role);
                denied(connection, "UPDATE devmesh.audit_log SET subject = 'bob'");
                denied(connection, "TRUNCATE devmesh.audit_log");
            }
            run(connection, "SET ROLE devmesh_app");
            denied(connection, "DELETE FROM devmesh.audit_log");
            run(connection, "SET ROLE devmesh_operator");
            denied(connection, "DELETE FROM devmesh.audit_log");
            denied(connection, forged);
            run(connection, "SET ROLE devmesh_system");
            denied(connection, forged);
            run(connection, "SET ROLE devmesh_app");
            run(connection, "SET devmesh.tenant_id = 'globex'");
            assertThatThrownBy(() -> run(connection, forged)).hasMessageContaining("row-level security");
        }
        assertThat(database.query("SELECT subject FROM devmesh.audit_log")).containsExactly("alice");
    }

    private static void denied(Connection connection, String sql) {
        assertThatThrownBy(() -> run(connection, sql)).as(sql).hasMessageContaining("permission denied");
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
