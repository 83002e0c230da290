package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.ErrorCode;
import dev.devmesh.access.Role;
import dev.devmesh.access.User;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Erasure;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Search;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.ErasedKind;
import dev.devmesh.store.ErasureScope;
import dev.devmesh.store.IdempotentAnswer;
import dev.devmesh.store.JobState;
import dev.devmesh.store.PendingItem;
import dev.devmesh.store.StoreSession;
import dev.devmesh.task.Task;
import dev.devmesh.task.TaskCall;
import dev.devmesh.task.TaskStatus;
import dev.devmesh.token.RefreshToken;
import dev.devmesh.token.TokenFamily;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Erasing everything of an agent or a tenant: nothing of it is left, nothing else goes, and the receipt is true. */
public abstract class ErasureContract extends StoreTestBase {

    private static final ErasureScope TENANT = new ErasureScope.OfTenant();
    private static final ErasureScope BOT = new ErasureScope.OfAgent("bot");

    private Contexts contexts;

    @BeforeEach
    void openContexts() {
        contexts = Contexts.in(store, clock);
    }

    @Test
    void nothingOfATenantIsLeft() {
        Planted acme = plant(ALICE, "bot");
        Planted globex = plant(GEORGE, "bot");

        Erasure receipt = contexts.eraseTenant(ALICE);

        assertNothingIsLeft(ACME, acme);
        assertThat(count(ACME, TENANT))
                .allSatisfy((kind, rows) -> assertThat(rows).isZero());
        assertEverythingIsThere(GLOBEX, globex);
        assertThat(receipt.tenant()).isEqualTo(ACME);
        assertThat(receipt.scope()).isEqualTo(TENANT);
        assertThat(receipt.by()).isEqualTo("alice");
        assertThat(receipt.at()).isEqualTo(clock.instant());
        assertThat(receipt.rows(ErasedKind.CONTEXTS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.ITEMS)).isEqualTo(3);
        assertThat(receipt.rows(ErasedKind.ANSWERS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.TASKS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.JOBS)).isEqualTo(3);
        assertThat(receipt.rows(ErasedKind.SESSIONS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.TOKENS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.KEYS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.USERS)).isOne();
        assertThat(receipt.rows(ErasedKind.ROLES)).isOne();
        assertThat(receipt.rows()).containsOnlyKeys(ErasedKind.values());
        assertThat(contexts.eraseTenant(ALICE).rows())
                .allSatisfy((kind, rows) -> assertThat(rows).isZero());
    }

    @Test
    void everyPartOfTheStoreIsCountedBeforeItIsErased() {
        plant(ALICE, "bot");

        assertThat(count(ACME, TENANT))
                .containsEntry(ErasedKind.CONTEXTS, 2L)
                .containsEntry(ErasedKind.ITEMS, 3L)
                .containsEntry(ErasedKind.ANSWERS, 2L)
                .containsEntry(ErasedKind.TASKS, 2L)
                .containsEntry(ErasedKind.JOBS, 3L)
                .containsEntry(ErasedKind.SESSIONS, 2L)
                .containsEntry(ErasedKind.TOKENS, 2L)
                .containsEntry(ErasedKind.KEYS, 2L)
                .containsEntry(ErasedKind.USERS, 1L)
                .containsEntry(ErasedKind.ROLES, 1L);
        assertThat(count(ACME, BOT))
                .containsEntry(ErasedKind.CONTEXTS, 2L)
                .containsEntry(ErasedKind.ITEMS, 3L)
                .containsEntry(ErasedKind.ANSWERS, 1L);
        assertThat(count(GLOBEX, TENANT))
                .allSatisfy((kind, rows) -> assertThat(rows).isZero());
    }

    @Test
    void embeddingsGoWithTheirItemsAndAreCounted() {
        plant(ALICE, "bot");
        Instant now = clock.instant();
        List<PendingItem> pending = store.system().leaseEmbeddings(now, now.plusSeconds(60), 100);
        store.inTransaction(ACME, session -> {
            for (PendingItem item : pending.subList(0, 2)) {
                session.embeddings().done(item, "model", "0".repeat(64), new float[] {1, 0});
            }
            return null;
        });

        Erasure receipt = contexts.erase(ALICE, "bot");

        assertThat(receipt.rows(ErasedKind.ITEMS)).isEqualTo(3);
        assertThat(receipt.rows(ErasedKind.EMBEDDINGS)).isEqualTo(2);
        assertThat(store.<Object>inTransaction(
                        ACME, session -> session.embeddings().known("model", List.of("0".repeat(64)))))
                .isEqualTo(Map.of());
    }

    @Test
    void ofAnAgentItsContextsGoAndNothingElse() {
        Planted bot = plant(ALICE, "bot");
        Context other = contexts.create(ALICE, NewContext.named("other").agent("bot2"));
        Context nobody = contexts.create(ALICE, NewContext.named("nobody's"));
        contexts.append(ALICE, other.id(), Item.user("stays"));
        Planted globex = plant(GEORGE, "bot");

        Erasure receipt = contexts.erase(ALICE, "bot");

        assertThat(receipt.scope()).isEqualTo(BOT);
        assertThat(receipt.rows(ErasedKind.CONTEXTS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.ITEMS)).isEqualTo(3);
        assertThat(receipt.rows(ErasedKind.ANSWERS)).isEqualTo(1);
        for (ErasedKind ofTheTenant : List.of(
                ErasedKind.TASKS,
                ErasedKind.JOBS,
                ErasedKind.SESSIONS,
                ErasedKind.TOKENS,
                ErasedKind.KEYS,
                ErasedKind.USERS,
                ErasedKind.ROLES)) {
            assertThat(receipt.rows(ofTheTenant)).isZero();
        }
        assertThat(count(ACME, BOT)).allSatisfy((kind, rows) -> assertThat(rows).isZero());
        assertThat(contexts.find(ALICE, bot.context().id())).isEmpty();
        assertThat(contexts.search(ALICE, Search.text("stays planted").limit(100)))
                .extracting(hit -> hit.item().content())
                .containsExactly("stays");
        assertThat(contexts.find(ALICE, other.id())).isPresent();
        assertThat(contexts.find(ALICE, nobody.id())).isPresent();
        assertThat(answer(ACME, bot.about())).isEmpty();
        assertThat(answer(ACME, bot.elsewhere())).isPresent();
        assertThat(this.<Optional<ApiKey>>in(
                        ACME, session -> session.keys().find(bot.key().id())))
                .isPresent();
        assertEverythingIsThere(GLOBEX, globex);
    }

    @Test
    void expiredRowsGoToo() {
        plant(ALICE, "bot");
        clock.advance(Duration.ofDays(400));

        Erasure receipt = contexts.eraseTenant(ALICE);

        assertThat(receipt.rows(ErasedKind.CONTEXTS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.TASKS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.SESSIONS)).isEqualTo(2);
        assertThat(receipt.rows(ErasedKind.ANSWERS)).isEqualTo(2);
        assertThat(store.system().purge(clock.instant(), clock.instant())).isZero();
    }

    @Test
    void theReceiptIsTheDigestOfWhatWent() {
        Planted planted = plant(ALICE, "bot");
        List<String> items = contexts.items(ALICE, planted.context().id(), 0, 10).stream()
                .map(ContextItem::id)
                .sorted()
                .toList();
        contexts.delete(ALICE, planted.expiring().id());
        List<String> lines =
                new ArrayList<>(List.of("contexts:" + planted.context().id()));
        items.forEach(item -> lines.add("items:" + item));
        lines.add("answers:" + planted.about().caller() + " " + planted.about().key());

        Erasure receipt = contexts.erase(ALICE, "bot");

        assertThat(receipt.sha256()).isEqualTo(sha256(String.join("\n", lines) + "\n"));
        assertThat(contexts.erase(ALICE, "bot").sha256()).isEqualTo(sha256(""));
    }

    @Test
    void rowsAreToldByKindAndThenInTheOrderOfTheirBytes() {
        for (String id : List.of("b", "B", "a_1", "a1", "Z")) {
            in(ACME, session -> {
                session.contexts().insert(context(ACME, "ctx_" + id));
                return id;
            });
        }
        for (String caller : List.of("\uff21", "\ud83d\ude00", "z")) {
            record(
                    ACME,
                    new IdempotentAnswer(
                            caller,
                            "k",
                            "0".repeat(64),
                            201,
                            Map.of(),
                            "",
                            clock.instant().plusSeconds(60)));
        }
        List<String> told = new ArrayList<>();
        plant(ALICE, "bot");

        in(ACME, session -> {
            session.erasure().erase(TENANT, (kind, id) -> told.add("%02d:%s".formatted(kind.ordinal(), id)));
            return told;
        });

        assertThat(told).hasSizeGreaterThan(20).doesNotHaveDuplicates();
        Comparator<String> byBytes =
                Comparator.comparing(line -> line.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);
        assertThat(told).isSortedAccordingTo(byBytes);
    }

    @Test
    void anErasureThatIsRolledBackErasedNothing() {
        Planted planted = plant(ALICE, "bot");

        assertThatThrownBy(() -> in(ACME, session -> {
                    session.erasure().erase(TENANT, (kind, id) -> {});
                    throw new IllegalArgumentException("boom");
                }))
                .hasMessage("boom");

        assertEverythingIsThere(ACME, planted);
    }

    @Test
    void whatWasErasedCanBeMadeAgain() {
        Planted before = plant(ALICE, "bot");
        contexts.eraseTenant(ALICE);

        in(ACME, session -> {
            session.contexts().insert(before.context());
            session.tasks().insert(before.task());
            assertThat(session.keys().insert(before.key())).isTrue();
            return true;
        });
        record(ACME, before.about());

        assertThat(contexts.eraseTenant(ALICE).rows())
                .containsEntry(ErasedKind.CONTEXTS, 1L)
                .containsEntry(ErasedKind.KEYS, 1L);
    }

    @Test
    void aKeyOfAnErasedTenantOpensNothing() {
        ApiKeys keys = ApiKeys.in(store, clock);
        ApiKey key = keys.create(ALICE, KeySpec.named("ci")).key();
        store.system().keyUsed(key.id(), clock.instant());

        contexts.eraseTenant(ALICE);

        assertThat(store.system().keyByHash(key.hash())).isEmpty();
        store.system().keyUsed(key.id(), clock.instant());
        assertThat(count(ACME, TENANT))
                .allSatisfy((kind, rows) -> assertThat(rows).isZero());
    }

    @Test
    void aWorkerOfAnErasedJobIsTurnedAway() {
        Planted planted = plant(ALICE, "bot");
        assertThat(this.<Boolean>in(
                        ACME, session -> session.jobs().claim(planted.job().id(), 1)))
                .isTrue();

        contexts.eraseTenant(ALICE);

        assertThat(this.<Boolean>in(
                        ACME, session -> session.jobs().complete(planted.job().id(), 1)))
                .isFalse();
        assertThat(store.system().jobsToDeliver(Instant.MAX, 10)).isEmpty();
        assertThat(this.<Integer>in(ACME, session -> session.tasks().countOpen("key_1", clock.instant())))
                .isZero();
    }

    @Test
    void listenersHearOfEachContextAndOfTheReceipt() {
        Planted planted = plant(ALICE, "bot");
        List<String> changed = new ArrayList<>();
        List<Erasure> receipts = new ArrayList<>();
        contexts.onChange((tenant, id) -> changed.add(tenant + "/" + id));
        contexts.onErasure(receipts::add);

        Erasure receipt = contexts.erase(ALICE, "bot");

        assertThat(changed)
                .containsExactlyInAnyOrder(
                        "acme/" + planted.context().id(),
                        "acme/" + planted.expiring().id());
        assertThat(receipts).containsExactly(receipt);
    }

    @Test
    void onlyWhoMayEraseErases() {
        Planted planted = plant(ALICE, "bot");
        Principal writer = Principal.of(ACME, "writer", "contexts", "keys", "tasks");

        refused(ErrorCode.PERMISSION_DENIED, () -> contexts.erase(writer, "bot"));
        refused(ErrorCode.PERMISSION_DENIED, () -> contexts.eraseTenant(writer));
        refused(ErrorCode.INVALID_VALUE, () -> contexts.erase(ALICE, ""));
        refused(ErrorCode.INVALID_VALUE, () -> contexts.erase(ALICE, "nul \0"));
        in(ACME, session -> {
            assertThatIllegalStateException().isThrownBy(() -> contexts.eraseTenant(ALICE));
            assertThatIllegalStateException()
                    .isThrownBy(() -> contexts.within(session, work -> {}).erase(ALICE, "bot"));
            return true;
        });

        assertEverythingIsThere(ACME, planted);
        assertThat(contexts.erase(Principal.of(ACME, "eraser", "data:erase"), "bot")
                        .by())
                .isEqualTo("eraser");
    }

    /** Something in every part of a store. */
    private record Planted(
            Context context,
            Context expiring,
            ApiKey key,
            User user,
            Job job,
            Task task,
            String session,
            IdempotentAnswer about,
            IdempotentAnswer elsewhere) {}

    private Planted plant(Principal owner, String agent) {
        Tenant tenant = owner.tenant();
        Context context = contexts.create(owner, NewContext.named("planted").agent(agent));
        contexts.append(owner, context.id(), Item.user("planted one"), Item.system("planted two"));
        Context expiring =
                contexts.create(owner, NewContext.named("planted").agent(agent).expiresIn(Duration.ofDays(1)));
        contexts.append(owner, expiring.id(), Item.user("planted three"));
        ApiKeys keys = ApiKeys.in(store, clock);
        ApiKey key = keys.create(owner, KeySpec.named("planted")).key();
        keys.revoke(owner, keys.create(owner, KeySpec.named("revoked")).key().id());
        User user = new User("user_" + tenant.id(), tenant, "", "planted", "", clock.instant(), Optional.empty());
        in(tenant, session -> {
            session.users().insert(user);
            session.roles().insert(new Role("role_" + tenant.id(), tenant, "planted", false, Scopes.of("jobs:read")));
            session.roles().give(user.id(), "role_" + tenant.id());
            session.toolPermissions().give(user.id(), "planted");
            return true;
        });
        Job job = in(tenant, session -> {
            Job done = session.jobs().enqueue(job("done"));
            session.jobs().claim(done.id(), 1);
            session.jobs().complete(done.id(), 1);
            Job dead = session.jobs().enqueue(job("dead"));
            session.jobs().claim(dead.id(), 1);
            session.jobs().bury(dead.id(), 1);
            return session.jobs().enqueue(job("live"));
        });
        Task task = task(tenant, "task_" + tenant.id() + "_open", TaskStatus.WORKING);
        in(tenant, session -> {
            session.tasks().insert(task);
            session.tasks().insert(task(tenant, "task_" + tenant.id() + "_ended", TaskStatus.CANCELLED));
            return true;
        });
        for (String id : List.of("one", "two")) {
            in(tenant, session -> {
                session.refreshTokens().begin(family(tenant, id), token(tenant, id));
                return true;
            });
        }
        for (String id : List.of("session_1", "session_2")) {
            in(
                    tenant,
                    session -> session.sessions()
                            .change(
                                    id,
                                    clock.instant(),
                                    clock.instant().plus(Duration.ofDays(1)),
                                    notes -> notes.withResources(Set.of("test://planted"))));
        }
        IdempotentAnswer about = answer("about", Map.of("Location", "/api/v1/contexts/" + context.id() + "/items"));
        IdempotentAnswer elsewhere = answer("elsewhere", Map.of("Location", "/api/v1/things/" + context.id()));
        record(tenant, about);
        record(tenant, elsewhere);
        Context asItIs = contexts.get(owner, context.id());
        return new Planted(asItIs, expiring, key, user, job, task, "session_1", about, elsewhere);
    }

    private static String familyId(Tenant tenant, String id) {
        return "fam_" + tenant.id() + "_" + id;
    }

    private TokenFamily family(Tenant tenant, String id) {
        Instant now = clock.instant();
        return new TokenFamily(
                familyId(tenant, id),
                tenant,
                "key_1",
                Scopes.none(),
                now,
                now.plus(Duration.ofDays(1)),
                Optional.empty());
    }

    private RefreshToken token(Tenant tenant, String id) {
        return new RefreshToken(
                sha256(tenant.id() + id), tenant, familyId(tenant, id), 0, clock.instant(), Optional.empty());
    }

    private void assertEverythingIsThere(Tenant tenant, Planted planted) {
        in(tenant, session -> {
            Instant now = clock.instant();
            assertThat(session.contexts().find(planted.context().id(), now)).contains(planted.context());
            assertThat(session.contexts().items(planted.context().id(), 0, 10)).hasSize(2);
            assertThat(session.contexts().find(planted.expiring().id(), now)).isPresent();
            assertThat(session.keys().find(planted.key().id())).contains(planted.key());
            assertThat(session.users().find(planted.user().id())).contains(planted.user());
            assertThat(session.users()
                            .standing(planted.user().id())
                            .user()
                            .orElseThrow()
                            .allowed())
                    .isEqualTo(Scopes.of("jobs:read", "tools:execute:planted"));
            assertThat(session.jobs().state(planted.job().id())).contains(JobState.LIVE);
            assertThat(session.tasks().find(planted.task().id(), now)).contains(planted.task());
            assertThat(session.sessions().find(planted.session(), now)).isPresent();
            return true;
        });
        assertThat(answer(tenant, planted.about())).contains(planted.about());
        assertThat(answer(tenant, planted.elsewhere())).contains(planted.elsewhere());
        assertThat(store.system().keyByHash(planted.key().hash())).isPresent();
        assertThat(store.system().tokenFamily(familyId(tenant, "one"))).isPresent();
        assertThat(store.system().refreshToken(sha256(tenant.id() + "one"))).isPresent();
    }

    private void assertNothingIsLeft(Tenant tenant, Planted planted) {
        in(tenant, session -> {
            Instant now = Instant.EPOCH; // at which nothing is expired
            assertThat(session.contexts().find(planted.context().id(), now)).isEmpty();
            assertThat(session.contexts().items(planted.context().id(), 0, 10)).isEmpty();
            assertThat(session.contexts().find(planted.expiring().id(), now)).isEmpty();
            assertThat(session.contexts().search(Search.text("planted"), now)).isEmpty();
            assertThat(session.keys().find(planted.key().id())).isEmpty();
            assertThat(session.keys().list(null, 10)).isEmpty();
            assertThat(session.users().list("", null, 10)).isEmpty();
            assertThat(session.users().standing(planted.user().id()).user()).isEmpty();
            assertThat(session.roles().list()).isEmpty();
            assertThat(session.toolPermissions().users("planted")).isEmpty();
            assertThat(session.jobs().find(planted.job().id())).isEmpty();
            assertThat(session.tasks().find(planted.task().id(), now)).isEmpty();
            assertThat(session.sessions().find(planted.session(), now)).isEmpty();
            return true;
        });
        assertThat(answer(tenant, planted.about())).isEmpty();
        assertThat(answer(tenant, planted.elsewhere())).isEmpty();
        assertThat(store.system().keyByHash(planted.key().hash())).isEmpty();
        for (String id : List.of("one", "two")) {
            assertThat(store.system().tokenFamily(familyId(tenant, id))).isEmpty();
            assertThat(store.system().refreshToken(sha256(tenant.id() + id))).isEmpty();
        }
    }

    private Map<ErasedKind, Long> count(Tenant tenant, ErasureScope scope) {
        return in(tenant, session -> session.erasure().count(scope));
    }

    private <T> T in(Tenant tenant, Function<StoreSession, T> work) {
        return store.inTransaction(tenant, work);
    }

    private void record(Tenant tenant, IdempotentAnswer answer) {
        in(tenant, session -> {
            session.idempotency().lock(answer.caller(), answer.key(), clock.instant());
            session.idempotency().record(answer, clock.instant());
            return true;
        });
    }

    private Optional<IdempotentAnswer> answer(Tenant tenant, IdempotentAnswer kept) {
        return in(tenant, session -> session.idempotency().lock(kept.caller(), kept.key(), Instant.EPOCH));
    }

    private IdempotentAnswer answer(String key, Map<String, String> headers) {
        return new IdempotentAnswer(
                "key_1",
                key,
                "0".repeat(64),
                201,
                headers,
                "{}",
                clock.instant().plus(Duration.ofDays(1)));
    }

    private static NewJob job(String name) {
        return NewJob.of("mail", "mail.send", Map.of("to", "planted")).dedupe(name);
    }

    private Context context(Tenant tenant, String id) {
        Instant now = clock.instant();
        return new Context(id, tenant, "", "", Json.object(), 0, 0, 1, now, now, Optional.empty());
    }

    private Task task(Tenant tenant, String id, TaskStatus status) {
        TaskCall call = new TaskCall("index", Json.object(), Set.of(), TraceContext.begin());
        return new Task(
                id,
                new Principal(tenant, "alice", Scopes.of("tools"), Set.of(), Principal.DEFAULT_PLAN, "key_1"),
                call,
                status,
                "",
                clock.instant(),
                clock.instant(),
                Duration.ofHours(1),
                Duration.ofMillis(500),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Map.of(),
                0,
                0,
                1);
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
    }
}
