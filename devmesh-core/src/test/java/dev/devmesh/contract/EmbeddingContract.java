package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.devmesh.auth.Principal;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.EmbeddingState;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Role;
import dev.devmesh.context.Search;
import dev.devmesh.json.Json;
import dev.devmesh.store.EmbeddingStore;
import dev.devmesh.store.Found;
import dev.devmesh.store.PendingItem;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.NullNode;

/** Embeddings: who makes them, where they are kept, when they go, and what is nearest. */
public abstract class EmbeddingContract extends StoreTestBase {

    private static final String MODEL = "model-a";
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final float[] EAST = {1, 0, 0};
    private static final float[] NORTH = {0, 1, 0};
    private static final float[] NORTH_EAST = {1, 1, 0};
    private static final float[] WEST = {-2, 0, 0};

    private Contexts contexts;

    @BeforeEach
    void openContexts() {
        contexts = Contexts.in(store, clock);
    }

    // Leases

    @Test
    void anAppendedItemIsPendingAndLentOnce() {
        String id = context(ALICE, "log");
        append(ALICE, id, "main is red");

        List<PendingItem> lent = lease(10);

        assertThat(lent).singleElement().satisfies(item -> {
            assertThat(item.tenant()).isEqualTo(ACME);
            assertThat(item.contextId()).isEqualTo(id);
            assertThat(item.seq()).isEqualTo(1);
            assertThat(item.itemId()).isEqualTo(items(ALICE, id).get(0).id());
            assertThat(item.content()).isEqualTo("main is red");
            assertThat(item.attempts()).isZero();
        });
        assertThat(items(ALICE, id).get(0).embedding()).isEqualTo(EmbeddingState.PENDING);
        assertThat(lease(10)).isEmpty();
    }

    @Test
    void aLeaseThatRanOutIsGivenToTheNextWhoAsks() {
        append(ALICE, context(ALICE, "log"), "text");
        PendingItem first = lease(1).get(0);

        clock.advance(LEASE.minusMillis(1));
        assertThat(lease(1)).isEmpty();
        clock.advance(Duration.ofMillis(1));
        PendingItem second = lease(1).get(0);

        assertThat(second.itemId()).isEqualTo(first.itemId());
        assertThat(second.attempts()).isEqualTo(1);
    }

    @Test
    void aLeaseHoldsAtMostWhatWasAskedForAndTheOldestComeFirst() {
        String id = context(ALICE, "log");
        for (String text : List.of("one", "two", "three")) {
            append(ALICE, id, text);
            clock.advance(Duration.ofSeconds(1));
        }

        assertThat(lease(2)).extracting(PendingItem::content).containsExactly("one", "two");
        assertThat(lease(2)).extracting(PendingItem::content).containsExactly("three");
    }

    @Test
    void anItemPutOffIsLentAgainOnlyThen() {
        append(ALICE, context(ALICE, "log"), "text");
        PendingItem item = lease(1).get(0);
        Instant later = clock.instant().plusSeconds(5);

        assertThat(change(ALICE, store -> store.retryAt(item, later, "the model is away")))
                .isTrue();

        assertThat(lease(1)).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        assertThat(lease(1)).singleElement().satisfies(again -> {
            assertThat(again.itemId()).isEqualTo(item.itemId());
            assertThat(again.attempts()).isEqualTo(1);
        });
    }

    @Test
    void anItemGivenUpOrDoneIsNotLentAgain() {
        String id = context(ALICE, "log");
        append(ALICE, id, "refused");
        append(ALICE, id, "taken");
        List<PendingItem> lent = lease(2);

        assertThat(change(ALICE, store -> store.failed(lent.get(0), "too long")))
                .isTrue();
        assertThat(embed(lent.get(1), EAST)).isTrue();

        assertThat(items(ALICE, id))
                .extracting(ContextItem::embedding)
                .containsExactly(EmbeddingState.FAILED, EmbeddingState.DONE);
        clock.advance(LEASE.multipliedBy(2));
        assertThat(lease(10)).isEmpty();
        assertThat(store.system().embeddingBacklog(MODEL).pending()).isZero();
        assertThat(store.system().embeddingBacklog(MODEL).failed()).isEqualTo(1);
    }

    @Test
    void aLateWorkerCannotTakeBackWhatAnotherDid() {
        String id = context(ALICE, "log");
        append(ALICE, id, "text");
        PendingItem late = lease(1).get(0);
        clock.advance(LEASE);
        PendingItem next = lease(1).get(0);
        embed(next, EAST);

        assertThat(change(ALICE, store -> store.failed(late, "too late"))).isFalse();
        assertThat(change(ALICE, store -> store.retryAt(late, clock.instant(), "too late")))
                .isFalse();
        assertThat(embed(late, EAST)).isTrue();

        assertThat(items(ALICE, id).get(0).embedding()).isEqualTo(EmbeddingState.DONE);
        assertThat(lease(1)).isEmpty();
    }

    @Test
    void manySweepersAtOnceAreNeverLentTheSameItem() throws Exception {
        for (Principal owner : List.of(ALICE, GEORGE)) {
            String id = context(owner, "log");
            for (int i = 0; i < 4; i++) {
                contexts.append(
                        owner,
                        id,
                        IntStream.range(0, 50)
                                .mapToObj(n -> Item.user("text " + n))
                                .toList());
            }
        }
        Set<String> lent = ConcurrentHashMap.newKeySet();
        AtomicInteger count = new AtomicInteger();
        ExecutorService sweepers = Executors.newFixedThreadPool(4);
        try {
            Callable<Void> sweep = () -> {
                List<PendingItem> batch;
                do {
                    batch = lease(7);
                    for (PendingItem item : batch) {
                        count.incrementAndGet();
                        lent.add(item.itemId());
                    }
                } while (!batch.isEmpty());
                return null;
            };
            for (Future<Void> done : sweepers.invokeAll(List.of(sweep, sweep, sweep, sweep))) {
                done.get(30, TimeUnit.SECONDS);
            }
        } finally {
            sweepers.shutdownNow();
        }

        assertThat(count).hasValue(400);
        assertThat(lent).hasSize(400);
    }

    @Test
    void itemsOfExpiredContextsAreNotLent() {
        Context brief = contexts.create(ALICE, NewContext.named("brief").expiresIn(Duration.ofSeconds(1)));
        append(ALICE, brief.id(), "text");
        clock.advance(Duration.ofSeconds(1));

        assertThat(lease(10)).isEmpty();
    }

    @Test
    void listenersHearOfAppendedItemsAfterTheCommitAndOnlyThen() {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger lent = new AtomicInteger();
        Runnable leave = store.onItemsAppended(() -> {
            calls.incrementAndGet();
            lent.addAndGet(lease(10).size());
        });
        String id = context(ALICE, "log");
        assertThat(calls).hasValue(0);

        assertThatThrownBy(() -> store.inTransaction(ACME, session -> {
                    contexts.within(session, Runnable::run).append(ALICE, id, Item.user("lost"));
                    throw new IllegalArgumentException("boom");
                }))
                .hasMessage("boom");
        assertThat(calls).hasValue(0);

        contexts.append(ALICE, id, Item.user("one"), Item.user("two"));
        assertThat(calls).hasValue(1);
        assertThat(lent).hasValue(2);

        leave.run();
        leave.run();
        append(ALICE, id, "three");
        assertThat(calls).hasValue(1);
    }

    // What is stored, and when it goes

    @Test
    void anEmbeddingChangesNothingElseOfItsContext() {
        String id = context(ALICE, "log");
        append(ALICE, id, "text");
        Context before = contexts.get(ALICE, id);
        ContextItem item = items(ALICE, id).get(0);
        clock.advance(Duration.ofSeconds(1));

        embed(lease(1).get(0), EAST);

        assertThat(contexts.get(ALICE, id)).isEqualTo(before);
        assertThat(items(ALICE, id)).containsExactly(item.embedding(EmbeddingState.DONE));
    }

    @Test
    void aUnitThatThrowsStoresNoEmbedding() {
        String id = context(ALICE, "log");
        append(ALICE, id, "text");
        PendingItem item = lease(1).get(0);

        assertThatThrownBy(() -> in(ALICE, store -> {
                    assertThat(store.done(item, MODEL, hash("text"), EAST)).isTrue();
                    assertThat(store.known(MODEL, List.of(hash("text")))).hasSize(1);
                    throw new IllegalStateException("boom");
                }))
                .hasMessage("boom");

        assertThat(items(ALICE, id).get(0).embedding()).isEqualTo(EmbeddingState.PENDING);
        assertThat(known(ALICE, MODEL, "text")).isEmpty();
        assertThat(nearest(ALICE, EAST, Search.text("x"))).isEmpty();
        clock.advance(LEASE);
        assertThat(lease(1)).hasSize(1);
    }

    @Test
    void theVectorOfATextIsKnownWhileAnItemOfThisTenantHasIt() {
        String first = context(ALICE, "first");
        String second = context(ALICE, "second");
        append(ALICE, first, "same");
        append(ALICE, second, "same");
        List<PendingItem> lent = lease(2);
        embed(lent.get(0), NORTH_EAST);
        assertThat(known(ALICE, MODEL, "same")).containsOnlyKeys(hash("same"));
        assertThat(known(ALICE, MODEL, "same").get(hash("same"))).isEqualTo(NORTH_EAST);
        assertThat(known(ALICE, "model-b", "same")).isEmpty();
        assertThat(known(ALICE, MODEL, "other")).isEmpty();
        assertThat(known(GEORGE, MODEL, "same")).isEmpty();

        embed(lent.get(1), NORTH_EAST);
        contexts.delete(ALICE, first);
        assertThat(known(ALICE, MODEL, "same")).hasSize(1);
        contexts.delete(ALICE, second);
        assertThat(known(ALICE, MODEL, "same")).isEmpty();
        assertThat(store.system().embeddingBacklog("model-b").otherModels()).isFalse();
    }

    @Test
    void anEmbeddingGoesWithItsItemWhateverRemovesIt() {
        String truncated =
                contexts.create(ALICE, NewContext.named("window").maxTokens(4)).id();
        append(ALICE, truncated, "old news");
        String deleted = context(ALICE, "deleted");
        append(ALICE, deleted, "gone");
        String expired = contexts.create(ALICE, NewContext.named("brief").expiresIn(Duration.ofSeconds(9)))
                .id();
        append(ALICE, expired, "brief");
        lease(3).forEach(item -> embed(item, EAST));
        assertThat(nearest(ALICE, EAST, Search.text("x"))).hasSize(3);

        append(ALICE, truncated, "newer news");
        contexts.delete(ALICE, deleted);
        clock.advance(Duration.ofSeconds(9));
        assertThat(nearest(ALICE, EAST, Search.text("x"))).isEmpty();
        store.system().purge(clock.instant(), clock.instant());

        assertThat(known(ALICE, MODEL, "old news", "gone", "brief")).isEmpty();
        assertThat(store.system().embeddingBacklog("another").otherModels()).isFalse();
        assertThat(lease(10)).extracting(PendingItem::content).containsExactly("newer news");
    }

    @Test
    void whatHappensToAnItemThatIsGoneChangesNothing() {
        String id = context(ALICE, "log");
        append(ALICE, id, "gone");
        PendingItem item = lease(1).get(0);
        contexts.delete(ALICE, id);

        assertThat(embed(item, EAST)).isFalse();
        assertThat(change(ALICE, store -> store.failed(item, "gone"))).isFalse();
        assertThat(change(ALICE, store -> store.retryAt(item, clock.instant(), "gone")))
                .isFalse();

        assertThat(known(ALICE, MODEL, "gone")).isEmpty();
        assertThat(store.system().embeddingBacklog(MODEL).pending()).isZero();
        assertThat(store.system().embeddingBacklog(MODEL).failed()).isZero();
    }

    @Test
    void aVectorThatPointsNowhereIsRefused() {
        append(ALICE, context(ALICE, "log"), "text");
        PendingItem item = lease(1).get(0);
        for (float[] bad : List.of(
                new float[0], new float[] {0, 0}, new float[] {1, Float.NaN}, new float[] {Float.POSITIVE_INFINITY})) {
            assertThatIllegalArgumentException().isThrownBy(() -> embed(item, bad));
            assertThatIllegalArgumentException().isThrownBy(() -> nearest(ALICE, bad, Search.text("x")));
        }
    }

    @Test
    void whatIsDoneWithAVectorAfterwardsDoesNotReachTheStore() {
        append(ALICE, context(ALICE, "log"), "text");
        float[] vector = EAST.clone();
        embed(lease(1).get(0), vector);
        vector[0] = 7;
        known(ALICE, MODEL, "text").get(hash("text"))[0] = 9;

        assertThat(known(ALICE, MODEL, "text").get(hash("text"))).isEqualTo(EAST);
    }

    // Another model

    @Test
    void embeddingsOfDifferentModelsAreNeverCompared() {
        String id = context(ALICE, "log");
        append(ALICE, id, "text");
        embed(lease(1).get(0), EAST);

        assertThat(nearest(ALICE, "model-b", EAST, Search.text("x"))).isEmpty();
        assertThat(nearest(ALICE, new float[] {1, 0}, Search.text("x"))).isEmpty();
        assertThat(nearest(ALICE, EAST, Search.text("x"))).hasSize(1);
    }

    @Test
    void aChangeOfModelEmbedsEverythingAgainThatItHasNot() {
        String id = context(ALICE, "log");
        append(ALICE, id, "old");
        append(ALICE, id, "refused");
        append(ALICE, id, "new");
        String foreign = context(GEORGE, "log");
        append(GEORGE, foreign, "theirs");
        List<PendingItem> lent =
                lease(10).stream().filter(item -> item.contextId().equals(id)).toList();
        embed(lent.get(0), EAST);
        in(ALICE, store -> store.failed(lent.get(1), "too long"));
        in(ALICE, store -> store.done(lent.get(2), "model-b", hash("new"), EAST));
        assertThat(store.system().embeddingBacklog("model-b").otherModels()).isTrue();

        assertThat(store.system().embedAgain("model-b", clock.instant())).isEqualTo(2);

        assertThat(items(ALICE, id))
                .extracting(ContextItem::embedding)
                .containsExactly(EmbeddingState.PENDING, EmbeddingState.PENDING, EmbeddingState.DONE);
        assertThat(nearest(ALICE, EAST, Search.text("x")))
                .as("what there is stays until the new one is stored")
                .hasSize(1);
        List<PendingItem> again = lease(10);
        assertThat(again).extracting(PendingItem::content).containsExactlyInAnyOrder("old", "refused", "theirs");
        assertThat(again).extracting(PendingItem::attempts).containsOnly(0);
        for (PendingItem item : again) {
            assertThat(store.<Boolean>inTransaction(
                            item.tenant(),
                            session -> session.embeddings().done(item, "model-b", hash(item.content()), NORTH)))
                    .isTrue();
        }
        assertThat(nearest(ALICE, EAST, Search.text("x"))).isEmpty();
        assertThat(store.system().embeddingBacklog("model-b").otherModels()).isFalse();
        assertThat(store.system().embedAgain("model-b", clock.instant())).isZero();
    }

    // Search

    @Test
    void theNearestComeFirstWithTheirCosine() {
        String id = context(ALICE, "log");
        append(ALICE, id, "west");
        append(ALICE, id, "north-east");
        append(ALICE, id, "east");
        append(ALICE, id, "nobody knows where");
        List<PendingItem> lent = lease(4);
        embed(lent.get(0), WEST);
        embed(lent.get(1), NORTH_EAST);
        embed(lent.get(2), EAST);

        List<Found> found = nearest(ALICE, new float[] {5, 0, 0}, Search.text("x"));

        assertThat(found).extracting(one -> one.item().content()).containsExactly("east", "north-east", "west");
        assertThat(found).extracting(Found::contextName).containsOnly("log");
        assertThat(found).extracting(one -> one.item().embedding()).containsOnly(EmbeddingState.DONE);
        assertThat(found.get(0).score()).isCloseTo(1, within(1e-6));
        assertThat(found.get(1).score()).isCloseTo(Math.sqrt(0.5), within(1e-6));
        assertThat(found.get(2).score()).isCloseTo(-1, within(1e-6));
    }

    @Test
    void equallyNearOnesAreOrderedByTime() {
        String id = context(ALICE, "log");
        append(ALICE, id, "first");
        clock.advance(Duration.ofSeconds(1));
        contexts.append(ALICE, id, Item.user("second"), Item.user("third"));
        lease(3).forEach(item -> embed(item, EAST));

        assertThat(contentsOf(nearest(ALICE, EAST, Search.text("x").limit(2)))).containsExactly("third", "second");
    }

    @Test
    void tenantsNeverSeeEachOthersEmbeddings() {
        String mine = context(ALICE, "log");
        append(ALICE, mine, "secret");
        PendingItem item = lease(1).get(0);
        embed(item, EAST);

        assertThat(nearest(GEORGE, EAST, Search.text("x"))).isEmpty();
        assertThat(nearest(GEORGE, EAST, Search.text("x").in(mine))).isEmpty();
        assertThat(known(GEORGE, MODEL, "secret")).isEmpty();
        assertThat(change(GEORGE, store -> store.done(item, MODEL, hash("secret"), WEST)))
                .isFalse();
        store.system().embedAgain("model-b", clock.instant());
        assertThat(change(GEORGE, store -> store.failed(item, "not yours"))).isFalse();
        assertThat(change(GEORGE, store -> store.retryAt(item, clock.instant().plusSeconds(9), "not yours")))
                .isFalse();
        assertThat(lease(1)).hasSize(1);
        assertThat(nearest(ALICE, EAST, Search.text("x"))).hasSize(1);
    }

    @Test
    void filtersLeaveOutBeforeTheLimitCountsByWordsAndByMeaning() {
        String bots =
                contexts.create(ALICE, NewContext.named("bots").agent("bot")).id();
        String people = contexts.create(ALICE, NewContext.named("people").agent("person"))
                .id();
        for (int i = 0; i < 20; i++) {
            append(ALICE, people, "common");
        }
        Instant first = clock.instant();
        contexts.append(ALICE, bots, Item.user("common asked"), Item.assistant("common answered"));
        clock.advance(Duration.ofSeconds(10));
        Instant second = clock.instant();
        contexts.append(
                ALICE,
                bots,
                Item.user("common tagged")
                        .metadata(Json.object()
                                .put("kind", "note")
                                .put("size", 1)
                                .put("open", true)
                                .putNull("none")));
        lease(100).forEach(item -> embed(item, item.content().equals("common") ? EAST : NORTH));
        Search common = Search.text("common").limit(5);

        assertFinds(common.agent("bot"), "common tagged", "common answered", "common asked");
        assertFinds(common.in(bots), "common tagged", "common answered", "common asked");
        assertFinds(common.agent("bot").role(Role.ASSISTANT), "common answered");
        assertFinds(common.from(second), "common tagged");
        assertFinds(common.agent("bot").until(second), "common answered", "common asked");
        assertFinds(common.from(first).until(first));
        assertFinds(common.metadata("kind", "note"), "common tagged");
        assertFinds(common.metadata("size", new DecimalNode(new BigDecimal("1.0"))), "common tagged");
        assertFinds(common.metadata("open", BooleanNode.TRUE), "common tagged");
        assertFinds(common.metadata("none", NullNode.getInstance()), "common tagged");
        assertFinds(common.metadata("kind", "note").metadata("size", IntNode.valueOf(1)), "common tagged");
        assertFinds(common.metadata("kind", "note").metadata("size", IntNode.valueOf(2)));
        assertFinds(common.metadata("size", "1"));
        assertFinds(common.metadata("missing", NullNode.getInstance()));
        assertFinds(common.agent("nobody"));
    }

    private void assertFinds(Search search, String... contents) {
        String[] byWords = contents.clone();
        assertThat(contentsOf(
                        store.inTransaction(ACME, session -> session.contexts().search(search, clock.instant()))))
                .as("by words")
                .containsExactlyInAnyOrder(byWords);
        assertThat(contentsOf(nearest(ALICE, EAST, search))).as("by meaning").containsExactlyInAnyOrder(contents);
    }

    private static List<String> contentsOf(List<Found> found) {
        return found.stream().map(one -> one.item().content()).toList();
    }

    private String context(Principal owner, String name) {
        return contexts.create(owner, NewContext.named(name)).id();
    }

    private void append(Principal owner, String id, String text) {
        contexts.append(owner, id, Item.user(text));
    }

    private List<ContextItem> items(Principal owner, String id) {
        return contexts.items(owner, id, 0, 100);
    }

    private List<PendingItem> lease(int max) {
        Instant now = clock.instant();
        return new ArrayList<>(store.system().leaseEmbeddings(now, now.plus(LEASE), max));
    }

    private boolean embed(PendingItem item, float[] vector) {
        return store.inTransaction(
                item.tenant(), session -> session.embeddings().done(item, MODEL, hash(item.content()), vector));
    }

    private Map<String, float[]> known(Principal who, String model, String... texts) {
        List<String> hashes =
                List.of(texts).stream().map(EmbeddingContract::hash).toList();
        return in(who, store -> store.known(model, hashes));
    }

    private List<Found> nearest(Principal who, float[] question, Search search) {
        return nearest(who, MODEL, question, search);
    }

    private List<Found> nearest(Principal who, String model, float[] question, Search search) {
        return in(who, store -> store.nearest(question, model, search, clock.instant()));
    }

    private boolean change(Principal who, Predicate<EmbeddingStore> change) {
        return in(who, change::test);
    }

    private <T> T in(Principal who, Function<EmbeddingStore, T> work) {
        return store.inTransaction(who.tenant(), session -> work.apply(session.embeddings()));
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException missing) {
            throw new AssertionError("every Java has SHA-256", missing);
        }
    }
}
