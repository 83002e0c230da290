package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.access.AccessControl;
import dev.devmesh.access.NewUser;
import dev.devmesh.access.Role;
import dev.devmesh.access.User;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Contexts;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that change who may do what at the same moment. */
final class AccessRaceTest {

    private static final int NODES = 4;
    private static final int ROUNDS = 20;

    private final TestPostgres.Database database = TestPostgres.migrated();
    private final PostgresStore store = PostgresStore.open(database.settings());
    private final AccessControl access = AccessControl.in(
            store,
            Clock.systemUTC(),
            Contexts.in(store, Clock.systemUTC()),
            ApiKeys.in(store, Clock.systemUTC()).revocations());

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void aTenantThatAllTouchAtOnceHasTheBuiltInRolesOnce() {
        for (int round = 0; round < ROUNDS; round++) {
            Principal alice = Principal.administrator(new Tenant("t" + round), "alice");

            assertThat(atOnce(() -> access.roles().list(alice)))
                    .allSatisfy(roles -> assertThat(roles)
                            .extracting(Role::name)
                            .containsExactly("admin", "agent", "developer", "reader"));
        }
    }

    @Test
    void whatAllGiveAtOnceIsGivenOnce() {
        Principal alice = Principal.administrator(new Tenant("acme"), "alice");
        for (int round = 0; round < ROUNDS; round++) {
            User ann = access.users().create(alice, NewUser.named("Ann"));
            Role reader = access.roles().get(alice, "reader");

            assertThat(atOnce(() -> store.inTransaction(
                            alice.tenant(), session -> session.roles().give(ann.id(), reader.id()))))
                    .containsOnlyOnce(true);
            assertThat(atOnce(() -> store.inTransaction(
                            alice.tenant(), session -> session.toolPermissions().give(ann.id(), "github"))))
                    .containsOnlyOnce(true);
        }
    }

    private static <T> List<T> atOnce(Supplier<T> work) {
        CyclicBarrier start = new CyclicBarrier(NODES);
        List<CompletableFuture<T>> nodes = IntStream.range(0, NODES)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                start.await();
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                            return work.get();
                        },
                        task -> new Thread(task).start()))
                .toList();
        return nodes.stream().map(CompletableFuture::join).toList();
    }
}
