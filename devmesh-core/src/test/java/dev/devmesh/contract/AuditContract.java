package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import dev.devmesh.ErrorCode;
import dev.devmesh.Page;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.audit.AuditFilter;
import dev.devmesh.audit.AuditLog;
import dev.devmesh.audit.AuditOutcome;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Erasure;
import dev.devmesh.context.NewContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The audit log: what is appended with an act stands or falls with it, is found again, and goes only with time. */
public abstract class AuditContract extends StoreTestBase {

    private AuditLog log;

    @BeforeEach
    void openLog() {
        log = AuditLog.in(store);
    }

    @Test
    void anEntryIsThereAsItWasAppended() {
        AuditEntry entry = new AuditEntry(
                "audit_1",
                ACME,
                clock.instant(),
                "alice",
                "key_1",
                "key.create",
                "key_2",
                AuditOutcome.FAILED,
                "with 'quotes' and ünïcode \uD83D\uDE00",
                "0af7651916cd43dd8448eb211c80319c");
        append(entry);

        assertThat(all(ALICE)).containsExactly(entry);
    }

    @Test
    void anEntryOfAnActThatWasRolledBackIsNotThere() {
        assertThatIllegalStateException()
                .isThrownBy(() -> store.inTransaction(ACME, session -> {
                    session.audit().append(entry("key.create", "key_1"));
                    throw new IllegalStateException("the act failed");
                }));

        assertThat(all(ALICE)).isEmpty();
    }

    @Test
    void aTenantSeesItsOwnEntriesOnly() {
        append(entry("key.create", "key_1"));
        append(AuditEntry.of(GEORGE, "key.create", "key_2", clock.instant()));

        assertThat(objects(all(ALICE))).containsExactly("key_1");
        assertThat(objects(all(GEORGE))).containsExactly("key_2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.inTransaction(GLOBEX, session -> {
                    session.audit().append(entry("key.create", "key_3"));
                    return true;
                }));
    }

    @Test
    void entriesAreListedNewestFirstPageByPage() {
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            append(entry("key.create", "key_" + i));
            wanted.add(0, "key_" + i);
            clock.advance(Duration.ofMillis(1));
        }
        List<String> seen = new ArrayList<>();
        Page<AuditEntry> page = log.list(ALICE, AuditFilter.all(), "", 3);
        seen.addAll(objects(page.data()));
        append(entry("key.create", "while somebody reads"));
        while (!page.isLast()) {
            page = log.list(ALICE, AuditFilter.all(), page.nextCursor(), 3);
            seen.addAll(objects(page.data()));
        }

        assertThat(seen).isEqualTo(wanted);
    }

    @Test
    void entriesOfOneMomentAreAllListedOnce() {
        List<AuditEntry> batch = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            batch.add(entry("key.create", "key_" + i));
        }
        store.inTransaction(ACME, session -> {
            session.audit().append(batch);
            return true;
        });
        List<AuditEntry> seen = new ArrayList<>();
        String cursor = "";
        do {
            Page<AuditEntry> page = log.list(ALICE, AuditFilter.all(), cursor, 3);
            seen.addAll(page.data());
            cursor = page.nextCursor();
        } while (!cursor.isEmpty());

        assertThat(seen).containsExactlyInAnyOrderElementsOf(batch);
    }

    @Test
    void entriesAreFoundByWhoWithWhatDidWhatToWhatWhenAndHow() {
        Instant first = clock.instant();
        append(entry("key.create", "key_1"));
        clock.advance(Duration.ofMinutes(1));
        Principal bob = new Principal(ACME, "bob", ALICE.scopes(), Set.of(), "default", "key_bob");
        append(AuditEntry.of(bob, "key.revoke", "key_1", clock.instant()));
        clock.advance(Duration.ofMinutes(1));
        append(AuditEntry.of(bob, "tool.call", "add", clock.instant()).outcome(AuditOutcome.DENIED));

        assertThat(actions(AuditFilter.all())).containsExactly("tool.call", "key.revoke", "key.create");
        assertThat(actions(AuditFilter.all().subject("bob"))).containsExactly("tool.call", "key.revoke");
        assertThat(actions(AuditFilter.all().credential("key_bob"))).containsExactly("tool.call", "key.revoke");
        assertThat(actions(AuditFilter.all().action("key.create"))).containsExactly("key.create");
        assertThat(actions(AuditFilter.all().action("key."))).containsExactly("key.revoke", "key.create");
        assertThat(actions(AuditFilter.all().object("key_1"))).containsExactly("key.revoke", "key.create");
        assertThat(actions(AuditFilter.all().outcome(AuditOutcome.DENIED))).containsExactly("tool.call");
        assertThat(actions(AuditFilter.all().between(Optional.of(first), Optional.of(first.plusSeconds(60)))))
                .containsExactly("key.create");
        assertThat(actions(AuditFilter.all().subject("bob").object("key_1").outcome(AuditOutcome.FAILED)))
                .isEmpty();
    }

    @Test
    void whatIsPastItsTimeGoesAndNothingElse() {
        append(entry("key.create", "old"));
        append(AuditEntry.of(GEORGE, "key.create", "old", clock.instant()));
        clock.advance(Duration.ofDays(1));
        append(entry("key.create", "new"));

        assertThat(store.system().purgeAudit(clock.instant())).isEqualTo(2);

        assertThat(objects(all(ALICE))).containsExactly("new");
        assertThat(all(GEORGE)).isEmpty();
        assertThat(store.system().purgeAudit(clock.instant())).isZero();
    }

    @Test
    void whatIsDoneToAKeyIsInTheLogWithIt() {
        ApiKeys keys = ApiKeys.in(store, clock);
        NewKey made =
                keys.create(ALICE, KeySpec.named("ci").scopes("contexts:read").expiresIn(Duration.ofDays(1)));
        clock.advance(Duration.ofSeconds(1));
        String secret = keys.newSecret();
        ApiKey imported = keys.importKey(ALICE, KeySpec.named("first"), secret);
        keys.importKey(ALICE, KeySpec.named("first"), secret);
        clock.advance(Duration.ofSeconds(1));
        keys.revoke(ALICE, made.key().id());
        keys.revoke(ALICE, made.key().id());

        List<AuditEntry> entries = all(ALICE);
        assertThat(entries)
                .extracting(AuditEntry::action, AuditEntry::object)
                .containsExactly(
                        tuple("key.revoke", made.key().id()),
                        tuple("key.import", imported.id()),
                        tuple("key.create", made.key().id()));
        assertThat(entries).allSatisfy(entry -> {
            assertThat(entry.subject()).isEqualTo("alice");
            assertThat(entry.credentialId()).isEqualTo(ALICE.credentialId());
            assertThat(entry.outcome()).isEqualTo(AuditOutcome.OK);
            assertThat(entry.toString())
                    .doesNotContain(secret)
                    .doesNotContain(made.secret())
                    .doesNotContain(imported.hash());
        });
        assertThat(entries.get(2).detail()).contains("ci", "contexts:read");
    }

    @Test
    void aRefusedChangeOfAKeyLeavesNoEntryOfTheChange() {
        Principal small = Principal.of(ACME, "small", ApiKeys.WRITE);
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> ApiKeys.in(store, clock)
                        .create(small, KeySpec.named("large").scopes("admin")));

        assertThat(all(ALICE)).isEmpty();
    }

    @Test
    void anErasureIsInTheLogAndTheLogOutlivesIt() {
        Contexts contexts = Contexts.in(store, clock);
        contexts.create(ALICE, NewContext.named("c").agent("bot"));
        Erasure agent = contexts.erase(ALICE, "bot");
        clock.advance(Duration.ofSeconds(1));
        Erasure tenant = contexts.eraseTenant(ALICE);

        assertThat(all(ALICE))
                .extracting(AuditEntry::action, AuditEntry::object)
                .containsExactly(tuple("tenant.erase", ""), tuple("agent.erase", "bot"));
        assertThat(all(ALICE).get(0).detail()).contains(tenant.sha256());
        assertThat(all(ALICE).get(1).detail()).contains("1 row", agent.sha256());
    }

    @Test
    void onlyWhoMayReadTheLogSeesIt() {
        Principal agent = Principal.of(ACME, "agent", "contexts", "tools", "keys");

        refused(ErrorCode.PERMISSION_DENIED, () -> log.list(agent, AuditFilter.all(), "", 10));
        refused(ErrorCode.INVALID_VALUE, () -> log.list(ALICE, AuditFilter.all(), "", 0));
        refused(ErrorCode.INVALID_VALUE, () -> log.list(ALICE, AuditFilter.all(), "", AuditLog.MAX_PAGE + 1));
        refused(ErrorCode.INVALID_VALUE, () -> log.list(ALICE, AuditFilter.all(), "not a cursor", 10));
        assertThat(log.list(Principal.of(ACME, "auditor", AuditLog.READ), AuditFilter.all(), "", 10)
                        .data())
                .isEmpty();
    }

    @Test
    void whatNoStoreCouldHoldIsBroughtIntoAFormThatItCan() {
        String odd = "a\u0000b\n\uD800c";
        append(new AuditEntry(
                "audit_odd",
                ACME,
                clock.instant(),
                odd,
                odd,
                "tool.call",
                "x".repeat(10_000),
                AuditOutcome.OK,
                "\uD83D\uDE00".repeat(5_000),
                ""));

        AuditEntry kept = all(ALICE).get(0);
        assertThat(kept.subject()).isEqualTo("a?b??c");
        assertThat(kept.object()).hasSize(AuditEntry.MAX_NAME);
        assertThat(kept.detail()).isEqualTo("\uD83D\uDE00".repeat(AuditEntry.MAX_DETAIL / 2));
    }

    private AuditEntry entry(String action, String object) {
        return AuditEntry.of(ALICE, action, object, clock.instant());
    }

    private void append(AuditEntry entry) {
        Tenant tenant = entry.tenant();
        store.inTransaction(tenant, session -> {
            session.audit().append(entry);
            return true;
        });
    }

    private List<AuditEntry> all(Principal reader) {
        return log.list(reader, AuditFilter.all(), "", AuditLog.MAX_PAGE).data();
    }

    private List<String> actions(AuditFilter filter) {
        return log.list(ALICE, filter, "", AuditLog.MAX_PAGE).data().stream()
                .map(AuditEntry::action)
                .toList();
    }

    private static List<String> objects(List<AuditEntry> entries) {
        return entries.stream().map(AuditEntry::object).toList();
    }
}
