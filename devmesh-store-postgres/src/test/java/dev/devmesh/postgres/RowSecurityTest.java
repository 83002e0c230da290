package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.access.Role;
import dev.devmesh.access.TenantInfo;
import dev.devmesh.access.User;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.IdempotentAnswer;
import dev.devmesh.store.SessionNotes;
import dev.devmesh.task.Task;
import dev.devmesh.task.TaskCall;
import dev.devmesh.task.TaskStatus;
import dev.devmesh.token.RefreshToken;
import dev.devmesh.token.TokenFamily;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the database itself keeps apart, whatever the program does. */
final class RowSecurityTest {

    private static final Tenant ACME = new Tenant("acme");

    /** Every table but those that are the same for all is a tenant's; a new table is in this list without being named. */
    private static final String OF_TENANTS =
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'devmesh'"
                    + " AND c.relkind IN ('r', 'p') AND c.relname NOT IN ('schema_history', 'permissions')";

    private static final String TENANT_TABLES = "SELECT c.relname " + OF_TENANTS + " ORDER BY 1";

    private final TestPostgres.Database database = TestPostgres.migrated();
    private final PostgresStore store = PostgresStore.open(database.settings());

    @BeforeEach
    void everyTableHasARow() {
        Principal alice = Principal.administrator(ACME, "alice");
        Contexts contexts = Contexts.in(store, Clock.systemUTC());
        contexts.append(alice, contexts.create(alice, NewContext.named("c")).id(), Item.user("hello there"));
        ApiKeys.in(store, Clock.systemUTC()).create(alice, KeySpec.named("k"));
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        store.<Void>inTransaction(ACME, session -> {
            session.jobs().enqueue(NewJob.of("q", "t", Map.of()));
            session.sessions().change("s", now, now.plusSeconds(60), SessionNotes::ended);
            session.idempotency().lock("alice", "k", now);
            session.idempotency()
                    .record(
                            new IdempotentAnswer("alice", "k", "0".repeat(64), 201, Map.of(), "", now.plusSeconds(60)),
                            now);
            session.tasks().insert(task(alice, now));
            session.users().insert(new User("user_1", ACME, "", "", "", now, Optional.empty()));
            session.roles().insert(new Role("role_1", ACME, "looks", false, Scopes.of("contexts:read")));
            session.roles().give("user_1", "role_1");
            session.toolPermissions().give("user_1", "github");
            session.refreshTokens()
                    .begin(
                            new TokenFamily(
                                    "fam_1", ACME, "key_1", Scopes.none(), now, now.plusSeconds(60), Optional.empty()),
                            new RefreshToken("0".repeat(64), ACME, "fam_1", 0, now, Optional.empty()));
            return null;
        });
        store.system().insertTenant(new TenantInfo(ACME, "Acme", now, Optional.empty(), Optional.empty()));
    }

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void theApplicationRoleSeesNothingUnlessATenantIsSet() throws SQLException {
        List<String> tables = database.query(TENANT_TABLES);
        assertThat(tables)
                .contains("contexts", "context_items", "vector_embeddings", "api_keys", "jobs", "tasks", "mcp_sessions")
                .contains("tenants", "users", "roles", "role_permissions", "user_roles", "tool_permissions");
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            for (String table : tables) {
                assertThat(count(connection, "devmesh." + table))
                        .as("rows of %s for who owns it: without one the rest proves nothing", table)
                        .isPositive();
            }
            run(connection, "SET LOCAL ROLE devmesh_app");
            for (String tenant : List.of("", "SET LOCAL devmesh.tenant_id = ''", "SET LOCAL devmesh.tenant_id = 'x'")) {
                run(connection, tenant.isEmpty() ? "SELECT 1" : tenant);
                for (String table : tables) {
                    assertThat(count(connection, "devmesh." + table))
                            .as("rows of %s with %s", table, tenant)
                            .isZero();
                }
            }
            run(connection, "SET LOCAL devmesh.tenant_id = 'acme'");
            for (String table : tables) {
                assertThat(count(connection, "devmesh." + table))
                        .as("rows of %s for its tenant", table)
                        .isPositive();
            }
        }
    }

    @Test
    void everyTableForcesRowSecurityAndHasATenantPolicy() {
        assertThat(database.query(
                        "SELECT c.relname " + OF_TENANTS + " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"))
                .isEmpty();
        assertThat(database.query(
                        "SELECT tablename FROM pg_policies WHERE schemaname = 'devmesh' AND policyname = 'tenant'"
                                + " AND cmd = 'ALL' AND roles = '{devmesh_app}'"
                                + " AND qual LIKE '%devmesh.tenant_id%' AND with_check LIKE '%devmesh.tenant_id%'"
                                + " ORDER BY 1"))
                .isEqualTo(database.query(TENANT_TABLES));
    }

    @Test
    void theRolesOwnNothingAndCannotStepOutOfTheirPolicies() {
        assertThat(database.query("SELECT rolname FROM pg_roles WHERE rolname LIKE 'devmesh\\_%'"
                        + " AND rolname IN ('devmesh_app', 'devmesh_system', 'devmesh_operator')"
                        + " AND NOT (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole) ORDER BY 1"))
                .containsExactly("devmesh_app", "devmesh_operator", "devmesh_system");
        assertThat(database.query("SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
                        + " WHERE r.rolname LIKE 'devmesh\\_%' AND c.relkind IN ('r', 'p')"))
                .isEmpty();
        assertThat(database.query("SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
                        + " WHERE n.nspname = 'devmesh' AND (proconfig IS NULL OR NOT 'search_path=pg_catalog, pg_temp'"
                        + " = ANY (proconfig))"))
                .as("functions without a fixed search_path")
                .isEmpty();
    }

    @Test
    void nobodyWritesARowOfAnotherTenant() throws SQLException {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            run(connection, "SET LOCAL ROLE devmesh_app");
            run(connection, "SET LOCAL devmesh.tenant_id = 'globex'");
            assertThatThrownBy(() -> run(
                            connection,
                            "INSERT INTO devmesh.mcp_sessions VALUES ('acme', 'x', NULL, '{}', false, now())"))
                    .hasMessageContaining("row-level security");
        }
    }

    @Test
    void nobodyGivesAccessInAnotherTenant() throws SQLException {
        List<String> grants = List.of(
                "INSERT INTO devmesh.users (id, tenant_id) VALUES ('user_2', 'acme')",
                "INSERT INTO devmesh.roles (id, tenant_id, name) VALUES ('role_2', 'acme', 'x')",
                "INSERT INTO devmesh.user_roles (user_id, role_id) VALUES ('user_1', 'role_1')",
                "INSERT INTO devmesh.user_roles VALUES ('user_1', 'role_1', 'globex')",
                "INSERT INTO devmesh.tool_permissions (user_id, tool_name) VALUES ('user_1', 'aws')",
                "INSERT INTO devmesh.tool_permissions VALUES ('user_1', 'aws', 'execute', 'acme')",
                "INSERT INTO devmesh.tool_permissions VALUES ('user_1', 'aws', 'execute', 'globex')",
                "INSERT INTO devmesh.role_permissions (role_id, permission_id) VALUES ('role_1', 'admin')",
                "INSERT INTO devmesh.role_permissions (role_id, permission_id, tenant_id)"
                        + " VALUES ('role_1', 'admin', 'globex')",
                "INSERT INTO devmesh.tenants (id) VALUES ('globex')",
                "UPDATE devmesh.tenants SET suspended_at = NULL");
        try (Connection connection = database.connect()) {
            for (String tenant : List.of("globex", "")) {
                for (String sql : grants) {
                    run(connection, "SET devmesh.tenant_id = '" + tenant + "'");
                    run(connection, "SET ROLE devmesh_app");
                    assertThatThrownBy(() -> run(connection, sql))
                            .as("%s with tenant '%s'", sql, tenant)
                            .hasMessageMatching(
                                    "(?s).*(row-level security|there is no (user|role) |permission denied for table tenants).*");
                }
            }
            run(connection, "RESET ROLE");
            run(connection, "SET devmesh.tenant_id = 'globex'");
            assertThatThrownBy(() -> run(connection, grants.get(4)))
                    .as("even for a superuser: the tenant that was set is the tenant that is written to")
                    .hasMessageContaining("there is no user user_1");
        }
    }

    @Test
    void searchingWithoutATenantIsRefused() throws SQLException {
        try (Connection connection = database.connect()) {
            for (String tenant : List.of("SELECT 1", "SET devmesh.tenant_id = ''")) {
                run(connection, "SET ROLE devmesh_app");
                run(connection, tenant);
                assertThatThrownBy(
                                () -> run(
                                        connection,
                                        "SELECT * FROM devmesh.search_items('''hello'''::tsquery, '', '', '', '-infinity', 'infinity', '{}', now(), 9)"))
                        .hasMessageContaining("devmesh.tenant_id is not set");
            }
            run(connection, "SET devmesh.tenant_id = 'globex'");
            assertThat(
                            count(
                                    connection,
                                    "devmesh.search_items('''hello'''::tsquery, '', '', '', '-infinity', 'infinity', '{}', now(), 9)"))
                    .isZero();
            assertThat(
                            count(
                                    connection,
                                    "devmesh.search_items('''=acme'''::tsquery, '', '', '', '-infinity', 'infinity', '{}', now(), 9)"))
                    .as("another tenant's lexeme, asked for as a word")
                    .isZero();
            run(connection, "SET devmesh.tenant_id = 'acme'");
            assertThat(
                            count(
                                    connection,
                                    "devmesh.search_items('''hello'''::tsquery, '', '', '', '-infinity', 'infinity', '{}', now(), 9)"))
                    .isOne();
        }
    }

    @Test
    void theSystemRoleMayOnlyDoWhatTheSystemOperationsDo() throws SQLException {
        try (Connection connection = database.connect()) {
            for (String sql : List.of(
                    "UPDATE devmesh.api_keys SET scopes = '{admin}'",
                    "DELETE FROM devmesh.api_keys",
                    "UPDATE devmesh.context_items SET content = 'x'",
                    "UPDATE devmesh.contexts SET name = 'x'",
                    "INSERT INTO devmesh.mcp_sessions VALUES ('acme', 'x', NULL, '{}', false, now())",
                    "UPDATE devmesh.jobs SET payload = '{}'",
                    "DELETE FROM devmesh.tenants",
                    "INSERT INTO devmesh.users (id, tenant_id) VALUES ('x', 'acme')",
                    "UPDATE devmesh.users SET disabled_at = NULL",
                    "UPDATE devmesh.roles SET name = 'x'",
                    "INSERT INTO devmesh.user_roles (user_id, role_id) VALUES ('user_1', 'role_1')",
                    "DELETE FROM devmesh.role_permissions",
                    "DELETE FROM devmesh.tool_permissions",
                    "UPDATE devmesh.token_families SET revoked_at = NULL",
                    "UPDATE devmesh.refresh_tokens SET used_at = NULL",
                    "DELETE FROM devmesh.refresh_tokens",
                    "DELETE FROM devmesh.schema_history",
                    "CREATE TABLE devmesh.mine (x int)")) {
                run(connection, "SET ROLE devmesh_system");
                assertThatThrownBy(() -> run(connection, sql)).as(sql).hasMessageContaining("permission denied");
            }
        }
    }

    @Test
    void theOperatorReadsEveryTable() throws SQLException {
        try (Connection connection = database.connect()) {
            run(connection, "SET ROLE devmesh_operator");
            for (String table : database.query(TENANT_TABLES)) {
                assertThat(count(connection, "devmesh." + table)).as(table).isPositive();
            }
        }
    }

    @Test
    void theGuidesLookUpOfAKeyWorks() {
        assertThat(database.query("SELECT devmesh.key_hash('abc')"))
                .containsExactly("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void whoUnwrapsTheConnectionIsStillHeldToTheTenant() {
        int rows = store.<Integer>inTransaction(new Tenant("globex"), session -> {
            try {
                return count(session.unwrap(Connection.class), "contexts");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });

        assertThat(rows).isZero();
    }

    private static Task task(Principal owner, Instant now) {
        return new Task(
                "task_1",
                owner,
                new TaskCall("index", Json.object(), Set.of(), TraceContext.begin()),
                TaskStatus.WORKING,
                "",
                now,
                now,
                Duration.ofHours(1),
                Duration.ofSeconds(1),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Map.of(),
                0,
                0,
                1);
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int count(Connection connection, String from) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM " + from)) {
            row.next();
            return row.getInt(1);
        }
    }
}
