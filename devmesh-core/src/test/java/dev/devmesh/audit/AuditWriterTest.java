package dev.devmesh.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextChange;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.SystemStore;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AuditWriterTest {

    private static final Tenant ACME = new Tenant("acme");
    private static final Principal ALICE = Principal.administrator(ACME, "alice");
    private static final Principal READER = Principal.of(ACME, "reader", "contexts:read");

    private final SettableClock clock = new SettableClock();
    private final FlakyStore store = new FlakyStore(InMemoryStore.create(clock));
    private final AtomicLong lost = new AtomicLong();
    private final AuditWriter writer = new AuditWriter(store, clock, true, lost::addAndGet);

    @AfterEach
    void close() {
        writer.close();
    }

    @Test
    void eachActIsOneEntryWithinASecond() {
        Tool add = Tool.named("add").handle(call -> "3");
        Tool broken = Tool.named("broken").handle(call -> {
            throw new IllegalStateException("a fault of the tool");
        });
        Tool unable = Tool.named("unable").handle(call -> {
            throw new ToolException("cannot");
        });
        try (DevMesh mesh = DevMesh.builder()
                .store(store)
                .tool(add)
                .tool(broken)
                .tool(unable)
                .build()) {
            mesh.start();
            Context context = mesh.contexts().create(ALICE, NewContext.named("c"));
            mesh.contexts().append(ALICE, context.id(), Item.user("hello"));
            mesh.contexts()
                    .update(ALICE, context.id(), 2, ContextChange.nothing().name("d"));
            mesh.contexts().get(ALICE, context.id());
            mesh.contexts().delete(ALICE, context.id());
            mesh.call(ALICE, "add", Map.of());
            mesh.call(ALICE, "unable", Map.of());
            refused(() -> mesh.call(ALICE, "broken", Map.of()));
            refused(() -> mesh.call(READER, "add", Map.of()));
            refused(() -> mesh.call(ALICE, "nowhere", Map.of()));

            await().atMost(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(entries(mesh))
                            .extracting(
                                    AuditEntry::subject,
                                    AuditEntry::action,
                                    AuditEntry::object,
                                    entry -> entry.outcome().wireName(),
                                    AuditEntry::detail)
                            .containsExactlyInAnyOrder(
                                    tuple("alice", "context.create", context.id(), "ok", ""),
                                    tuple("alice", "context.append", context.id(), "ok", ""),
                                    tuple("alice", "context.update", context.id(), "ok", ""),
                                    tuple("alice", "context.delete", context.id(), "ok", ""),
                                    tuple("alice", "tool.call", "add", "ok", ""),
                                    tuple("alice", "tool.call", "unable", "failed", ""),
                                    tuple("alice", "tool.call", "broken", "failed", "HANDLER_FAILED"),
                                    tuple("reader", "tool.call", "add", "denied", "PERMISSION_DENIED"),
                                    tuple("alice", "tool.call", "nowhere", "failed", "TOOL_NOT_FOUND")));
            assertThat(entries(mesh))
                    .filteredOn(entry -> entry.action().equals("tool.call"))
                    .allSatisfy(entry -> assertThat(entry.trace()).hasSize(32));
        }
    }

    @Test
    void whatWasToldLastIsWrittenAtTheEnd() {
        DevMesh mesh = DevMesh.builder()
                .store(store)
                .tool(Tool.named("add").handle(call -> "3"))
                .build();
        mesh.start();
        mesh.call(ALICE, "add", Map.of());
        mesh.close();

        assertThat(logged()).extracting(AuditEntry::action).containsExactly("tool.call");
    }

    @Test
    void callsThatWentWellNeedNotBeKept() {
        DevMesh mesh = DevMesh.builder()
                .store(store)
                .auditCalls(false)
                .tool(Tool.named("add").handle(call -> "3"))
                .build();
        mesh.start();
        mesh.call(ALICE, "add", Map.of());
        refused(() -> mesh.call(READER, "add", Map.of()));
        mesh.close();

        assertThat(logged()).extracting(AuditEntry::outcome).containsExactly(AuditOutcome.DENIED);
    }

    @Test
    void equalRefusalsAreOneEntryAndThenANumberAMinute() {
        writer.start();
        for (int i = 0; i < 500; i++) {
            writer.on(refusal("GET /api/v1/audit", "10.0.0.1"));
        }
        writer.on(refusal("GET /api/v1/audit", "10.0.0.2"));
        await().untilAsserted(() -> assertThat(logged()).hasSize(2));
        clock.advance(Duration.ofSeconds(61));
        await().untilAsserted(() -> assertThat(logged()).hasSize(3));

        assertThat(logged().get(0).detail()).contains("PERMISSION_DENIED from 10.0.0.1, 499 more since 2026-01-01");
        clock.advance(Duration.ofSeconds(1)); // entries of one moment come in any order
        writer.on(refusal("GET /api/v1/audit", "10.0.0.1"));
        await().untilAsserted(() -> assertThat(logged()).hasSize(4));
        assertThat(logged().get(0).detail()).isEqualTo("PERMISSION_DENIED from 10.0.0.1");
    }

    @Test
    void aFloodOfDifferentRefusalsDoesNotFloodTheLog() {
        writer.start();
        for (int i = 0; i < 3 * AuditWriter.DENIALS; i++) {
            writer.on(refusal("GET /api/v1/audit", "address " + i));
        }
        writer.close();

        List<AuditEntry> all = logged();
        assertThat(all).hasSize(AuditWriter.DENIALS + 2);
        assertThat(all).anySatisfy(entry -> {
            assertThat(entry.subject()).isEqualTo(AuditEntry.ANONYMOUS);
            assertThat(entry.detail()).contains("too many different", 2 * AuditWriter.DENIALS - 1 + " more");
        });
        assertThat(lost).hasValue(0);
    }

    @Test
    void refusalsThatDenyNobodyAnythingAreNotActs() {
        writer.start();
        writer.on(new MeshEvent.RequestRefused(ErrorCode.INVALID_REQUEST));
        writer.on(new MeshEvent.RequestRefused(ErrorCode.OVERLOADED));
        writer.close();

        assertThat(logged()).isEmpty();
    }

    @Test
    void actsWaitWhileTheStoreIsAway() {
        store.away = true;
        writer.start();
        writer.on(change("ctx_1"));
        await().until(() -> store.refused.get() >= 2);
        writer.on(change("ctx_2"));
        store.away = false;

        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(logged())
                        .extracting(AuditEntry::object)
                        .containsExactlyInAnyOrder("ctx_1", "ctx_2"));
        assertThat(lost).hasValue(0);
    }

    @Test
    void whatGoesBeyondTheBoundIsLostAndCounted() {
        store.away = true;
        for (int i = 0; i < AuditWriter.CAPACITY + 7; i++) {
            writer.on(change("ctx_" + i));
        }
        writer.start();
        writer.close();

        assertThat(lost).hasValue(AuditWriter.CAPACITY + 7);
    }

    private static MeshEvent refusal(String what, String address) {
        return new MeshEvent.RequestRefused(
                ErrorCode.PERMISSION_DENIED, what, Optional.of(READER), address, "0af7651916cd43dd8448eb211c80319c");
    }

    private static MeshEvent change(String id) {
        return new MeshEvent.ContextChanged(ALICE, "append", id, "");
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(MeshException.class);
    }

    private static List<AuditEntry> entries(DevMesh mesh) {
        return mesh.audit().list(ALICE, AuditFilter.all(), "", 100).data();
    }

    /** Newest first, however many. */
    private List<AuditEntry> logged() {
        Function<StoreSession, List<AuditEntry>> read =
                session -> session.audit().list(AuditFilter.all(), null, Integer.MAX_VALUE);
        return new ArrayList<>(store.memory.inTransaction(ACME, read));
    }

    /** A store in memory that can be away. */
    private static final class FlakyStore implements Store {

        private final InMemoryStore memory;
        private final AtomicLong refused = new AtomicLong();
        private volatile boolean away;

        FlakyStore(InMemoryStore memory) {
            this.memory = memory;
        }

        @Override
        public <T> T inTransaction(Tenant tenant, Function<? super StoreSession, ? extends T> work) {
            if (away) {
                refused.incrementAndGet();
                throw new MeshException(ErrorCode.DATABASE_UNAVAILABLE, "The database is away.", "Wait.");
            }
            return memory.inTransaction(tenant, work);
        }

        @Override
        public SystemStore system() {
            return memory.system();
        }

        @Override
        public Runnable onJobsEnqueued(Runnable listener) {
            return memory.onJobsEnqueued(listener);
        }

        @Override
        public Runnable onItemsAppended(Runnable listener) {
            return memory.onItemsAppended(listener);
        }

        @Override
        public boolean blocking() {
            return memory.blocking();
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}
