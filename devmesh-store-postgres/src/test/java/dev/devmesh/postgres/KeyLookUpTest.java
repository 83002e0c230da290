package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.access.Role;
import dev.devmesh.access.TenantInfo;
import dev.devmesh.access.User;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.BuiltInRole;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.TenantState;
import dev.devmesh.auth.UserRights;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What it costs to learn with a key how its tenant and its user stand: {@code -Ddevmesh.look-ups=2000} measures it. */
final class KeyLookUpTest {

    private static final Tenant ACME = new Tenant("acme");
    private static final int LOOK_UPS = Integer.getInteger("devmesh.look-ups", 50);
    private static final int WARM_UPS = 20;

    private final TestPostgres.Database database = TestPostgres.migrated();
    private final PostgresStore store = PostgresStore.open(database.settings());

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void theKeyItsTenantAndTheRightsOfItsUserAreReadInOneGo() {
        ApiKeys keys = ApiKeys.in(store, Clock.systemUTC());
        Principal alice = Principal.administrator(ACME, "alice");
        store.system().insertTenant(new TenantInfo(ACME, "", Instant.EPOCH, Optional.empty(), Optional.empty()));
        store.<Void>inTransaction(ACME, session -> {
            session.users().insert(new User("user_1", ACME, "", "", "", Instant.EPOCH, Optional.empty()));
            for (BuiltInRole builtIn : BuiltInRole.values()) {
                String id = "role_" + builtIn.roleName();
                session.roles().insert(new Role(id, ACME, builtIn.roleName(), true, builtIn.allowed()));
            }
            session.roles().give("user_1", "role_developer");
            session.roles().give("user_1", "role_agent");
            session.toolPermissions().give("user_1", "github");
            session.toolPermissions().give("user_1", "aws");
            return null;
        });
        NewKey ofNobody = keys.create(alice, KeySpec.named("a"));
        NewKey ofUser = keys.create(alice, KeySpec.named("b").user("user_1"));

        UserRights rights = store.system()
                .keyByHash(ofUser.key().hash())
                .orElseThrow()
                .standing()
                .user()
                .orElseThrow();
        assertThat(rights.roles()).containsExactlyInAnyOrder("developer", "agent");
        assertThat(rights.allowed().names()).contains("keys:write", "tools:execute", "tools:execute:github");
        assertThat(store.system()
                        .keyByHash(ofNobody.key().hash())
                        .orElseThrow()
                        .standing()
                        .tenant())
                .isEqualTo(TenantState.ACTIVE);

        String alone = "SELECT * FROM api_keys WHERE key_hash = ?";
        String hash = ofUser.key().hash();
        Runnable keyAlone = () -> store.asSystem(link -> link.find(alone, row -> row.getString("key_id"), hash));
        Runnable keyOfNobody = () -> store.system().keyByHash(ofNobody.key().hash());
        Runnable keyOfUser = () -> store.system().keyByHash(hash);
        List<Runnable> lookUps = List.of(keyAlone, keyOfNobody, keyOfUser);
        long[][] nanos = new long[lookUps.size()][LOOK_UPS];
        // In turn, and the medians: what else the machine does then slows all of them alike.
        for (int i = -WARM_UPS; i < LOOK_UPS; i++) {
            for (int which = 0; which < nanos.length; which++) {
                long begun = System.nanoTime();
                lookUps.get(which).run();
                if (i >= 0) {
                    nanos[which][i] = System.nanoTime() - begun;
                }
            }
        }
        double base = median(nanos[0]);
        System.out.printf(
                "%d look-ups: the key alone %.0f us, with tenant and no user x %.2f, with a user's rights x %.2f%n",
                LOOK_UPS, base / 1_000, median(nanos[1]) / base, median(nanos[2]) / base);
    }

    private static double median(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }
}
