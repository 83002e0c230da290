package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Search;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may migrate and who may work: no superuser is needed. */
final class UsersTest {

    private static final Principal ALICE = Principal.administrator(new Tenant("acme"), "alice");

    private final TestPostgres.Database database = TestPostgres.empty();
    private final String owner = database.name() + "_owner";
    private final String worker = database.name() + "_worker";

    @BeforeEach
    void makeUsers() {
        // Roles are the cluster's: these tests are of users who are given them, not of who makes them first.
        database.execute("CREATE ROLE " + owner + " LOGIN CREATEROLE PASSWORD 'x'");
        database.execute("CREATE ROLE " + worker + " LOGIN PASSWORD 'x'");
        database.execute("GRANT CREATE ON DATABASE " + database.name() + " TO " + owner);
    }

    @AfterEach
    void dropUsers() {
        database.execute("DROP OWNED BY " + owner + " CASCADE");
        database.execute("DROP OWNED BY " + worker + " CASCADE");
        database.execute("DROP ROLE " + owner);
        database.execute("DROP ROLE " + worker);
        database.close();
    }

    @Test
    void anOwnerWhoMayGrantTheRolesMigratesAndAnotherUserWorks() {
        database.execute("GRANT devmesh_app, devmesh_system, devmesh_operator TO " + owner + " WITH ADMIN OPTION");
        PostgresSettings settings = database.settings().user(worker, "x").owner(owner, "x");

        try (PostgresStore store = PostgresStore.open(settings)) {
            works(store);
        }
        try (PostgresStore store =
                PostgresStore.open(database.settings().user(worker, "x").migrates(false))) {
            works(store);
        }
        assertThat(database.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'devmesh'"))
                .containsExactly(owner);
    }

    @Test
    void oneUserIsEnoughAndTheOwnerIsHeldToTheTenantToo() {
        database.execute("GRANT devmesh_app, devmesh_system, devmesh_operator TO " + owner + " WITH ADMIN OPTION");

        try (PostgresStore store = PostgresStore.open(database.settings().user(owner, "x"))) {
            works(store);
        }
    }

    @Test
    void whoMayNotGrantTheRolesIsToldTheSqlToRun() {
        assertThatIllegalStateException()
                .isThrownBy(() -> PostgresStore.open(database.settings().user(owner, "x")))
                .withMessageContaining("GRANT devmesh_app, devmesh_system TO \"" + owner + "\"");
        assertThat(database.query("SELECT 1 FROM pg_namespace WHERE nspname = 'devmesh'"))
                .isEmpty();
    }

    @Test
    void whoMayNotEnterTheRolesIsToldTheSqlToRun() {
        Migrations.of(database.settings()).apply();

        assertThatIllegalStateException()
                .isThrownBy(() -> PostgresStore.open(database.settings().user(worker, "x")))
                .withMessageContaining("GRANT devmesh_app, devmesh_system TO");
    }

    private static void works(PostgresStore store) {
        Contexts contexts = Contexts.in(store, Clock.systemUTC());
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        contexts.append(ALICE, id, Item.user("hello there"));
        assertThat(contexts.search(ALICE, Search.text("hello").in(id))).hasSize(1);
        assertThat(contexts.find(Principal.administrator(new Tenant("globex"), "g"), id))
                .isEmpty();
        contexts.delete(ALICE, id);
        store.system().jobsDelivered(List.of("job_1"), Instant.now());
        store.system().keyUsed("key_1", Instant.now());
        assertThat(store.system().purge(Instant.now(), Instant.now())).isZero();
    }
}
