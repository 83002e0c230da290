package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.DevMesh;
import dev.devmesh.access.Role;
import dev.devmesh.access.User;
import dev.devmesh.auth.BuiltInRole;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Permissions;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolProvider;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What the troubleshooting guide has people type into psql to see and to change who may do what, word for word, by a login
 * as docs/postgres.md makes one; and that the mesh follows.
 */
final class GuideSqlTest {

    private static final String WHAT_A_USER_MAY = """
            SELECT u.email, r.name as role, p.resource, p.action
            FROM users u
            JOIN user_roles ur ON u.id = ur.user_id
            JOIN roles r ON ur.role_id = r.id
            JOIN role_permissions rp ON r.id = rp.role_id
            JOIN permissions p ON rp.permission_id = p.id
            WHERE u.id = 'user-123';
            """;

    private static final String ALLOW_A_TOOL = """
            INSERT INTO tool_permissions (user_id, tool_name, permission)
            VALUES ('user-123', 'github', 'execute');
            """;

    private static final String ALLOW_A_ROLE = """
            INSERT INTO role_permissions (role_id, permission_id)
            SELECT r.id, p.id
            FROM roles r, permissions p
            WHERE r.name = 'developer'
            AND p.resource = 'contexts'
            AND p.action = 'write';
            """;

    /** How long anything may be remembered of what a key may do. */
    private static final Duration SOON = Duration.ofSeconds(5);

    private static final Tenant ACME = new Tenant("acme");
    private static final Tenant GLOBEX = new Tenant("globex");
    private static final Principal ALICE = Principal.administrator(ACME, "alice");

    private final TestPostgres.Database database = TestPostgres.migrated();
    private final String operator = database.name() + "_operator";
    private final PostgresStore store = PostgresStore.open(database.settings());
    private final SettableClock clock = new SettableClock();
    private final DevMesh mesh =
            DevMesh.builder().store(store).clock(clock).provider(new GitHub()).build();

    private static final class GitHub implements ToolProvider {

        @Override
        public String namespace() {
            return "github";
        }

        @Override
        public List<Tool> tools() {
            return List.of(Tool.named("github_list_issues").handle(call -> "none"));
        }
    }

    @BeforeEach
    void makeAnOperatorAndUsers() {
        database.execute("CREATE ROLE " + operator + " LOGIN PASSWORD 'x'");
        database.execute("GRANT devmesh_operator TO " + operator);
        database.execute(
                "ALTER ROLE " + operator + " IN DATABASE " + database.name() + " SET search_path = devmesh, public");
        user(ACME, "user-123", "ada@example.org", Scopes.of("contexts:read"));
        user(GLOBEX, "user-9", "gus@example.org", Scopes.of("contexts:read"));
    }

    @AfterEach
    void close() {
        mesh.close();
        store.close();
        database.execute("DROP OWNED BY " + operator);
        database.execute("DROP ROLE " + operator);
        database.close();
    }

    @Test
    void whatAUserMayIsSeenAsTheGuideAsks() throws SQLException {
        store.<Void>inTransaction(ACME, session -> {
            Role agent = role(ACME, "agent", BuiltInRole.AGENT.allowed());
            session.roles().insert(agent);
            session.roles().give("user-123", agent.id());
            return null;
        });

        List<String> rows = rows(WHAT_A_USER_MAY);

        print(WHAT_A_USER_MAY, rows);
        assertThat(rows)
                .containsExactlyInAnyOrder(
                        "ada@example.org | developer | contexts | read",
                        "ada@example.org | agent | contexts | read",
                        "ada@example.org | agent | contexts | write",
                        "ada@example.org | agent | resources | read",
                        "ada@example.org | agent | prompts | get",
                        "ada@example.org | agent | tools | execute");
    }

    @Test
    void aToolThatIsAllowedBySqlIsThereWithinFiveSeconds() throws SQLException {
        NewKey key = key("user-123", "tools:execute");
        assertThat(mesh.tools().visibleTo(caller(key))).isEmpty();

        run(ALLOW_A_TOOL);
        run(ALLOW_A_TOOL);

        clock.advance(SOON);
        assertThat(mesh.tools().visibleTo(caller(key))).hasSize(1);
        assertThat(mesh.call(caller(key), "github_list_issues", Map.of()).text())
                .isEqualTo("none");
        print(ALLOW_A_TOOL, rows("SELECT * FROM tool_permissions"));
        assertThat(rows("SELECT user_id, tool_name, permission, tenant_id FROM tool_permissions"))
                .containsExactly("user-123 | github | execute | acme");

        run("DELETE FROM tool_permissions WHERE user_id = 'user-123'");

        clock.advance(SOON);
        assertThat(mesh.tools().visibleTo(caller(key))).isEmpty();
    }

    @Test
    void aPermissionThatARoleIsGivenBySqlHoldsWithinFiveSeconds() throws SQLException {
        NewKey key = key("user-123", "contexts");
        assertThat(caller(key).may("contexts:write")).isFalse();

        run(ALLOW_A_ROLE);
        run(ALLOW_A_ROLE);

        clock.advance(SOON);
        assertThat(caller(key).may("contexts:write")).isTrue();
        List<String> all = rows("SELECT tenant_id, resource, action, scope FROM role_permissions ORDER BY 1, 3");
        print(ALLOW_A_ROLE, all);
        assertThat(all)
                .as("what names no tenant is for the role of this name in each of them")
                .containsExactly(
                        "acme | contexts | read | contexts:read",
                        "acme | contexts | write | contexts:write",
                        "globex | contexts | read | contexts:read",
                        "globex | contexts | write | contexts:write");
    }

    @Test
    void whoSetsTheTenantFirstChangesThatOneOnly() throws SQLException {
        assertThat(rows("SET devmesh.tenant_id = 'acme'", "SELECT id FROM users"))
                .containsExactly("user-123");

        run("SET devmesh.tenant_id = 'acme'", ALLOW_A_ROLE);

        assertThat(rows("SELECT tenant_id FROM role_permissions WHERE action = 'write'"))
                .containsExactly("acme");
        assertThatThrownBy(() -> run("SET devmesh.tenant_id = 'globex'", ALLOW_A_TOOL))
                .hasMessageContaining("there is no user user-123");
    }

    @Test
    void whatDoesNotExistIsNamed() {
        assertThatThrownBy(() -> run("INSERT INTO tool_permissions (user_id, tool_name) VALUES ('nobody', 'github')"))
                .hasMessageContaining("there is no user nobody");
        assertThatThrownBy(() -> run("INSERT INTO user_roles (user_id, role_id) VALUES ('user-123', 'role_9')"))
                .hasMessageContaining("there is no role role_9 in the tenant of user user-123");
        assertThatThrownBy(() -> run("INSERT INTO user_roles (user_id, role_id)"
                        + " SELECT 'user-123', id FROM roles WHERE tenant_id = 'globex'"))
                .hasMessageContaining("in the tenant of user user-123");
        assertThatThrownBy(() -> run("INSERT INTO role_permissions (role_id, permission_id)"
                        + " SELECT id, 'contexts:fly' FROM roles WHERE tenant_id = 'acme'"))
                .hasMessageContaining("there is no permission contexts:fly");
    }

    @Test
    void aKeyIsLookedUpByWhatTheProgramShowedOnce() throws SQLException {
        NewKey key = key("user-123", "contexts:read");
        String sql = """
                SELECT key_id, name, expires_at, revoked_at
                FROM api_keys
                WHERE key_hash = devmesh.key_hash('%s');""".formatted(key.secret());

        List<String> rows = rows(sql);

        print(sql.replace(key.secret(), "$API_KEY"), rows);
        assertThat(rows).containsExactly(key.key().id() + " | ci | null | null");
    }

    @Test
    void theOperatorGrantsAndDoesNothingElse() {
        for (String sql : List.of(
                "INSERT INTO users (id, tenant_id) VALUES ('u', 'acme')",
                "UPDATE users SET email = 'x'",
                "DELETE FROM roles",
                "INSERT INTO tenants (id) VALUES ('initech')",
                "UPDATE tenants SET suspended_at = now()",
                "INSERT INTO permissions VALUES ('x:y', 'x', 'y')",
                "UPDATE api_keys SET scopes = '{admin}'")) {
            assertThatThrownBy(() -> run(sql)).as(sql).hasMessageContaining("permission denied");
        }
    }

    @Test
    void theTableOfPermissionsIsTheProgramsList() throws SQLException {
        Stream<String> actions = Permissions.all().stream()
                .map(known -> known.name() + " | " + known.resource() + " | " + known.action());
        Stream<String> resources =
                Permissions.all().stream().map(known -> known.resource() + " | " + known.resource() + " | *");

        assertThat(rows("SELECT id, resource, action FROM permissions"))
                .hasSameElementsAs(Stream.of(actions, resources, Stream.of(Scopes.ADMIN + " | * | *"))
                        .flatMap(each -> each)
                        .collect(Collectors.toCollection(TreeSet::new)))
                .doesNotHaveDuplicates();
    }

    /** With the role developer, which allows less here than elsewhere. */
    private void user(Tenant tenant, String id, String email, Scopes allowed) {
        store.<Void>inTransaction(tenant, session -> {
            session.users().insert(new User(id, tenant, email, "", "", Instant.EPOCH, Optional.empty()));
            Role developer = role(tenant, "developer", allowed);
            session.roles().insert(developer);
            session.roles().give(id, developer.id());
            return null;
        });
    }

    private static Role role(Tenant tenant, String name, Scopes allowed) {
        return new Role("role_" + name + "_" + tenant, tenant, name, true, allowed);
    }

    private NewKey key(String user, String... scopes) {
        return mesh.keys().create(ALICE, KeySpec.named("ci").user(user).scopes(scopes));
    }

    private Principal caller(NewKey key) {
        return mesh.authenticate(new Credentials(key.secret(), "", "127.0.0.1"));
    }

    private void run(String... statements) throws SQLException {
        try (Connection connection = Server.connect(database.settings().user(operator, "x"));
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Of the last statement. */
    private List<String> rows(String... statements) throws SQLException {
        List<String> all = new ArrayList<>();
        try (Connection connection = Server.connect(database.settings().user(operator, "x"));
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
            try (ResultSet rows = statement.getResultSet()) {
                while (rows.next()) {
                    List<String> row = new ArrayList<>();
                    for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
                        row.add(rows.getString(column));
                    }
                    all.add(row.stream().map(String::valueOf).collect(Collectors.joining(" | ")));
                }
            }
        }
        return all;
    }

    private static void print(String sql, List<String> rows) {
        System.out.println(sql.strip() + "\n  " + String.join("\n  ", rows) + "\n");
    }
}
