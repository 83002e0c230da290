package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.auth.Principal;
import dev.devmesh.context.Appended;
import dev.devmesh.context.Compacted;
import dev.devmesh.context.Compaction;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextChange;
import dev.devmesh.context.ContextFilter;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.ContextLimits;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.EmbeddingState;
import dev.devmesh.context.Hit;
import dev.devmesh.context.Item;
import dev.devmesh.context.Listing;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Role;
import dev.devmesh.context.Search;
import dev.devmesh.json.Json;
import dev.devmesh.store.Position;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** The working memory of agents, over any store. */
public abstract class ContextsContract extends StoreTestBase {

    private Contexts contexts;

    @BeforeEach
    void openContexts() {
        contexts = Contexts.in(store, clock);
    }

    @Test
    void aContextIsCreatedReadAndDeleted() {
        Context created = contexts.create(
                ALICE,
                NewContext.named("red build")
                        .agent("bot-7")
                        .maxTokens(32_000)
                        .metadata(Json.object().put("branch", "main")));

        assertThat(created.id()).startsWith("ctx_").hasSizeGreaterThan(20);
        assertThat(created.tenant()).isEqualTo(ACME);
        assertThat(created.name()).isEqualTo("red build");
        assertThat(created.agent()).isEqualTo("bot-7");
        assertThat(created.maxTokens()).isEqualTo(32_000);
        assertThat(created.metadata().path("branch").stringValue()).isEqualTo("main");
        assertThat(created.tokenCount()).isZero();
        assertThat(created.version()).isEqualTo(1);
        assertThat(created.createdAt()).isEqualTo(clock.instant()).isEqualTo(created.updatedAt());
        assertThat(created.expiresAt()).isEmpty();
        assertThat(contexts.get(ALICE, created.id())).isEqualTo(created);
        assertThat(contexts.find(ALICE, created.id())).contains(created);

        contexts.delete(ALICE, created.id());

        assertThat(contexts.find(ALICE, created.id())).isEmpty();
        assertThat(refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.get(ALICE, created.id())))
                .hasMessageContaining(created.id());
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.delete(ALICE, created.id()));
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.items(ALICE, created.id(), 0, 1));
    }

    @Test
    void itemsAreAppendedInOrderAndCounted() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        clock.advance(Duration.ofSeconds(1));

        Appended first = contexts.append(ALICE, id, Item.user("12345678"), Item.tool("log", "1234"));
        Appended second = contexts.append(ALICE, id, Item.assistant("1"));

        assertThat(first.items()).extracting(ContextItem::seq).containsExactly(1L, 2L);
        assertThat(first.context().tokenCount()).isEqualTo(3);
        assertThat(second.items()).extracting(ContextItem::seq).containsExactly(3L);
        assertThat(second.context().version()).isEqualTo(3);
        assertThat(second.context().tokenCount()).isEqualTo(4);
        assertThat(second.context().updatedAt()).isEqualTo(clock.instant());
        assertThat(contexts.get(ALICE, id)).isEqualTo(second.context());
        List<ContextItem> all = contexts.items(ALICE, id, 0, 10);
        assertThat(all)
                .containsExactlyElementsOf(Stream.concat(first.items().stream(), second.items().stream())
                        .toList());
        assertThat(all).extracting(ContextItem::role).containsExactly(Role.USER, Role.TOOL, Role.ASSISTANT);
        assertThat(all).extracting(ContextItem::tokenCount).containsExactly(2, 1, 1);
        assertThat(all).extracting(ContextItem::contextId).containsOnly(id);
        assertThat(all.get(1).metadata().path("tool").stringValue()).isEqualTo("log");
        assertThat(contexts.items(ALICE, id, 1, 1)).containsExactly(all.get(1));
        assertThat(contexts.items(ALICE, id, 3, 1)).isEmpty();
    }

    @Test
    void anAppendHappensWhollyOrNotAtAll() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();

        refused(ErrorCode.INVALID_VALUE, () -> contexts.append(ALICE, id, Item.user("good"), Item.user("bad\0")));

        assertThat(contexts.items(ALICE, id, 0, 10)).isEmpty();
        assertThat(contexts.get(ALICE, id).version()).isEqualTo(1);
    }

    @Test
    void eightWritersLeaveNoGapAndNoDouble() throws Exception {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        ExecutorService writers = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < 8; writer++) {
                String name = "writer" + writer;
                running.add(writers.submit(() -> {
                    for (int i = 0; i < 200; i++) {
                        contexts.append(ALICE, id, Item.user(name));
                    }
                }));
            }
            for (Future<?> writer : running) {
                writer.get(60, TimeUnit.SECONDS);
            }
        } finally {
            writers.shutdownNow();
        }

        List<ContextItem> all = allItems(id);
        assertThat(all)
                .extracting(ContextItem::seq)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 1_600).boxed().toList());
        assertThat(all.stream().map(ContextItem::content).distinct()).hasSize(8);
        assertThat(contexts.get(ALICE, id).version()).isEqualTo(1_601);
        assertThat(contexts.get(ALICE, id).tokenCount()).isEqualTo(1_600 * 2);
    }

    @Test
    void theWindowTruncatesTheOldestAndKeepsSystemItems() {
        String id = contexts.create(ALICE, NewContext.named("c").maxTokens(10)).id();
        contexts.append(ALICE, id, Item.system(tokens(2)), Item.user(tokens(3)), Item.user(tokens(3)));

        Appended full = contexts.append(ALICE, id, Item.user(tokens(2)));
        assertThat(full.truncatedTokens()).isZero();
        assertThat(full.context().tokenCount()).isEqualTo(10);

        Appended over = contexts.append(ALICE, id, Item.user(tokens(1)));
        assertThat(over.truncatedTokens()).isEqualTo(3);
        assertThat(over.context().tokenCount()).isEqualTo(8);
        assertThat(contexts.items(ALICE, id, 0, 10))
                .extracting(ContextItem::seq)
                .containsExactly(1L, 3L, 4L, 5L);

        Appended all = contexts.append(ALICE, id, Item.user(tokens(8)));
        assertThat(all.context().tokenCount()).isEqualTo(10);
        assertThat(contexts.items(ALICE, id, 0, 10))
                .extracting(ContextItem::seq)
                .containsExactly(1L, 6L);
    }

    @Test
    void theWindowKeepsPinnedItems() {
        Context context = contexts.create(ALICE, NewContext.named("window").maxTokens(3));
        contexts.append(ALICE, context.id(), Item.user("one1").pinned(), Item.user("two2"));

        Appended over = contexts.append(ALICE, context.id(), Item.user("abcdefgh"));

        assertThat(over.truncatedTokens()).isEqualTo(1);
        assertThat(contexts.items(ALICE, context.id(), 0, 10))
                .extracting(ContextItem::content)
                .containsExactly("one1", "abcdefgh");
        assertThat(contexts.items(ALICE, context.id(), 0, 10).get(0).pinned()).isTrue();
    }

    @Test
    void whatIsBeingAppendedIsNeverTruncated() {
        String id = contexts.create(ALICE, NewContext.named("c").maxTokens(10)).id();
        contexts.append(ALICE, id, Item.system(tokens(2)), Item.user(tokens(3)));

        MeshException refusal =
                refused(ErrorCode.INVALID_VALUE, () -> contexts.append(ALICE, id, Item.user(tokens(9))));

        assertThat(refusal).hasMessageContaining("11").hasMessageContaining("10");
        assertThat(refusal.fix()).isNotBlank();
        assertThat(contexts.items(ALICE, id, 0, 10))
                .extracting(ContextItem::seq)
                .containsExactly(1L, 2L);
        assertThat(contexts.get(ALICE, id).tokenCount()).isEqualTo(5);
    }

    @Test
    void tokensCanBeCountedInAnotherWay() {
        Contexts byCharacter = contexts.with(text -> text.length());
        String id = byCharacter.create(ALICE, NewContext.named("c")).id();

        assertThat(byCharacter.append(ALICE, id, Item.user("12345")).context().tokenCount())
                .isEqualTo(5);
    }

    @Test
    void aChangeNeedsTheVersionThatTheContextIsAt() {
        Context created = contexts.create(
                ALICE, NewContext.named("old").metadata(Json.object().put("a", 1)));
        clock.advance(Duration.ofSeconds(1));

        Context renamed =
                contexts.update(ALICE, created.id(), 1, ContextChange.nothing().name("new"));

        assertThat(renamed.name()).isEqualTo("new");
        assertThat(renamed.metadata()).isEqualTo(created.metadata());
        assertThat(renamed.version()).isEqualTo(2);
        assertThat(renamed.updatedAt()).isEqualTo(clock.instant());
        assertThat(contexts.get(ALICE, created.id())).isEqualTo(renamed);
        MeshException refusal = refused(
                ErrorCode.VERSION_CONFLICT,
                () -> contexts.update(
                        ALICE, created.id(), 1, ContextChange.nothing().name("lost")));
        assertThat(refusal).hasMessageContaining("version 2");
        assertThat(contexts.get(ALICE, created.id())).isEqualTo(renamed);

        Context remembered = contexts.update(
                ALICE,
                created.id(),
                2,
                ContextChange.nothing().metadata(Json.object().put("b", 2)));
        assertThat(remembered.name()).isEqualTo("new");
        assertThat(remembered.metadata()).isEqualTo(Json.object().put("b", 2));
    }

    @Test
    void everythingThatCanBeChangedIsChangedAtOnce() {
        Context created = contexts.create(ALICE, NewContext.named("old").agent("bot-1"));

        Context changed = contexts.update(
                ALICE,
                created.id(),
                1,
                ContextChange.to(NewContext.named("new")
                        .agent("bot-2")
                        .maxTokens(50)
                        .metadata(Json.object().put("k", 1))
                        .expiresIn(Duration.ofMinutes(1))));

        assertThat(changed.name()).isEqualTo("new");
        assertThat(changed.agent()).isEqualTo("bot-2");
        assertThat(changed.maxTokens()).isEqualTo(50);
        assertThat(changed.metadata()).isEqualTo(Json.object().put("k", 1));
        assertThat(changed.expiresAt()).contains(clock.instant().plusSeconds(60));
        assertThat(changed.version()).isEqualTo(2);
        assertThat(contexts.get(ALICE, created.id())).isEqualTo(changed);
        assertThat(contexts.list(ALICE, Listing.all().agent("bot-1")).data()).isEmpty();
        assertThat(contexts.list(ALICE, Listing.all().agent("bot-2")).data()).containsExactly(changed);
    }

    @Test
    void aLifeIsExtendedShortenedOrMadeEndless() {
        String id = contexts.create(ALICE, NewContext.named("c").expiresIn(Duration.ofSeconds(10)))
                .id();
        clock.advance(Duration.ofSeconds(9));

        contexts.update(ALICE, id, 1, ContextChange.nothing().expiresIn(Duration.ofSeconds(10)));
        clock.advance(Duration.ofSeconds(9));
        assertThat(contexts.get(ALICE, id).expiresAt()).contains(clock.instant().plusSeconds(1));
        assertThat(store.system().purge(clock.instant(), clock.instant())).isZero();

        contexts.update(ALICE, id, 2, ContextChange.nothing().expiresIn(Duration.ZERO));
        clock.advance(Duration.ofDays(1_000));
        assertThat(contexts.get(ALICE, id).expiresAt()).isEmpty();
        assertThat(store.system().purge(clock.instant(), clock.instant())).isZero();

        contexts.update(ALICE, id, 3, ContextChange.nothing().expiresIn(Duration.ofMillis(1)));
        clock.advance(Duration.ofMillis(1));
        assertThat(contexts.find(ALICE, id)).isEmpty();
        assertThat(store.system().purge(clock.instant(), clock.instant())).isEqualTo(1);
    }

    @Test
    void aNarrowerWindowTruncatesAtOnce() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        contexts.append(
                ALICE,
                id,
                Item.user(tokens(3)),
                Item.system(tokens(2)),
                Item.user(tokens(3)).pinned(),
                Item.user(tokens(3)),
                Item.user(tokens(3)));

        Context narrower = contexts.update(ALICE, id, 2, ContextChange.nothing().maxTokens(9));

        assertThat(narrower.maxTokens()).isEqualTo(9);
        assertThat(narrower.tokenCount()).isEqualTo(8);
        assertThat(contexts.items(ALICE, id, 0, 10))
                .extracting(ContextItem::seq)
                .containsExactly(2L, 3L, 5L);
        assertThat(contexts.get(ALICE, id)).isEqualTo(narrower);
    }

    @Test
    void aWindowThatWhatStaysInForceDoesNotFitIsRefused() {
        String id = contexts.create(ALICE, NewContext.named("c").maxTokens(20)).id();
        contexts.append(
                ALICE,
                id,
                Item.system(tokens(4)),
                Item.user(tokens(4)),
                Item.user(tokens(4)).pinned());

        MeshException refusal = refused(
                ErrorCode.INVALID_VALUE,
                () -> contexts.update(ALICE, id, 2, ContextChange.nothing().maxTokens(7)));

        assertThat(refusal).hasMessageContaining("8 tokens").hasMessageContaining("cannot be 7");
        assertThat(refusal.fix()).contains("8");
        assertThat(contexts.get(ALICE, id).maxTokens()).isEqualTo(20);
        assertThat(contexts.items(ALICE, id, 0, 10)).hasSize(3);
        refused(
                ErrorCode.INVALID_VALUE,
                () -> contexts.update(ALICE, id, 2, ContextChange.nothing().maxTokens(-1)));
    }

    @Test
    void theCountGoesOnWhereEverythingWasTruncated() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        contexts.append(ALICE, id, Item.user(tokens(3)), Item.user(tokens(3)));

        contexts.update(ALICE, id, 2, ContextChange.nothing().maxTokens(1));

        assertThat(contexts.items(ALICE, id, 0, 10)).isEmpty();
        assertThat(contexts.append(ALICE, id, Item.user("a")).items())
                .extracting(ContextItem::seq)
                .containsExactly(3L);
    }

    @Test
    void contextsAreListedByTheTimesOfTheirCreationAndChange() {
        Instant start = clock.instant();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            ids.add(contexts.create(ALICE, NewContext.named("c" + i)).id());
            clock.advance(Duration.ofSeconds(10));
        }
        contexts.append(ALICE, ids.get(0), Item.user("late"));

        assertThat(listed(ContextFilter.all()
                        .created(Optional.of(start.plusSeconds(10)), Optional.of(start.plusSeconds(30)))))
                .containsExactly(ids.get(2), ids.get(1));
        assertThat(listed(ContextFilter.all().created(Optional.of(start.plusSeconds(30)), Optional.empty())))
                .containsExactly(ids.get(3));
        assertThat(listed(ContextFilter.all().created(Optional.empty(), Optional.of(start))))
                .isEmpty();
        assertThat(listed(ContextFilter.all().updated(Optional.of(start.plusSeconds(30)), Optional.empty())))
                .containsExactly(ids.get(3), ids.get(0));
        assertThat(listed(ContextFilter.all().updated(Optional.empty(), Optional.of(start.plusSeconds(30)))))
                .containsExactly(ids.get(2), ids.get(1));
        assertThat(listed(ContextFilter.all()
                        .created(Optional.of(start.plusSeconds(30)), Optional.of(start.plusSeconds(10)))))
                .isEmpty();
    }

    @Test
    void contextsAreListedByMembersOfTheirMetadata() {
        String first = contexts.create(ALICE, NewContext.named("1").metadata((ObjectNode)
                        Json.parse("{\"branch\":\"main\",\"pr\":42,\"open\":true,\"none\":null,\"a.b\":\"dot\","
                                + "\"tags\":[\"x\"],\"deep\":{\"branch\":\"main\"}}")))
                .id();
        String second = contexts.create(ALICE, NewContext.named("2").metadata((ObjectNode)
                        Json.parse("{\"branch\":\"main\",\"pr\":\"42\",\"tags\":\"x\"}")))
                .id();
        contexts.create(GEORGE, NewContext.named("3").metadata(Json.object().put("branch", "main")));

        assertThat(listedWith("{\"branch\":\"main\"}")).containsExactlyInAnyOrder(first, second);
        assertThat(listedWith("{\"branch\":\"main\",\"pr\":42}")).containsExactly(first);
        assertThat(listedWith("{\"pr\":42.0}")).containsExactly(first);
        assertThat(listedWith("{\"pr\":\"42\"}")).containsExactly(second);
        assertThat(listedWith("{\"pr\":4.2e1}")).containsExactly(first);
        assertThat(listedWith("{\"open\":true}")).containsExactly(first);
        assertThat(listedWith("{\"open\":\"true\"}")).isEmpty();
        assertThat(listedWith("{\"none\":null}")).containsExactly(first);
        assertThat(listedWith("{\"missing\":null}")).isEmpty();
        assertThat(listedWith("{\"a.b\":\"dot\"}")).containsExactly(first);
        assertThat(listedWith("{\"tags\":\"x\"}")).containsExactly(second);
        assertThat(listedWith("{\"branch\":\"mai\"}")).isEmpty();
        assertThat(listedWith("{\"branch\":\"MAIN\"}")).isEmpty();
        assertThat(contexts.list(
                                ALICE,
                                Listing.of(ContextFilter.all()
                                                .metadata(Json.object().put("branch", "main"))
                                                .name("2"))
                                        .limit(1))
                        .data())
                .extracting(Context::id)
                .containsExactly(second);
    }

    @Test
    void whatCannotBeListedByIsRefused() {
        ObjectNode many = Json.object();
        IntStream.range(0, 11).forEach(i -> many.put("k" + i, i));

        for (ObjectNode metadata : List.of(
                many,
                (ObjectNode) Json.parse("{\"a\":{}}"),
                (ObjectNode) Json.parse("{\"a\":[1]}"),
                Json.object().put("a", "\0"),
                Json.object().put("\0", "a"))) {
            refused(
                    ErrorCode.INVALID_VALUE,
                    () -> contexts.list(ALICE, Listing.of(ContextFilter.all().metadata(metadata))));
        }
        refused(
                ErrorCode.INVALID_VALUE,
                () -> contexts.list(
                        ALICE, Listing.of(ContextFilter.all().created(Optional.of(Instant.MIN), Optional.empty()))));
        refused(
                ErrorCode.INVALID_VALUE,
                () -> contexts.list(
                        ALICE, Listing.of(ContextFilter.all().updated(Optional.empty(), Optional.of(Instant.MAX)))));
    }

    @Test
    void aFilteredListingIsPagedLikeAWholeOne() {
        for (int i = 0; i < 9; i++) {
            contexts.create(
                    ALICE, NewContext.named("c" + i).metadata(Json.object().put("even", i % 2 == 0)));
            clock.advance(Duration.ofSeconds(i % 2));
        }

        Listing even = Listing.of(ContextFilter.all().metadata(Json.object().put("even", true)))
                .limit(2);
        List<String> names = new ArrayList<>();
        Page<Context> page;
        do {
            page = contexts.list(ALICE, even);
            page.data().forEach(context -> names.add(context.name()));
            even = even.after(page.nextCursor());
        } while (!page.isLast());

        assertThat(names).containsExactlyInAnyOrder("c0", "c2", "c4", "c6", "c8");
    }

    @Test
    void aCompactionPutsOneSummaryInPlaceOfTheOldestItems() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        contexts.append(
                ALICE,
                id,
                Item.user(tokens(100)),
                Item.system(tokens(100)),
                Item.user(tokens(100)).pinned(),
                Item.tool("log", tokens(100)),
                Item.user(tokens(100)));
        clock.advance(Duration.ofSeconds(1));
        List<Integer> budgets = new ArrayList<>();
        Contexts summing = contexts.with((items, budget) -> {
            budgets.add(budget);
            return items.stream().map(item -> item.seq() + " ").reduce("", String::concat) + "done";
        });

        Compacted compacted = summing.compact(ALICE, id, Compaction.standard().keepItems(1));

        assertThat(compacted.items()).isEqualTo(2);
        assertThat(compacted.tokens()).isEqualTo(200);
        assertThat(budgets).containsExactly(50);
        ContextItem summary = compacted.summary().orElseThrow();
        assertThat(summary.seq()).isEqualTo(4);
        assertThat(summary.role()).isEqualTo(Role.ASSISTANT);
        assertThat(summary.content()).isEqualTo("1 4 done");
        assertThat(summary.pinned()).isFalse();
        assertThat(summary.createdAt()).isEqualTo(clock.instant());
        assertThat(summary.metadata()).isEqualTo(Json.parse("{\"compacted\":{\"from\":1,\"to\":4,\"items\":2}}"));
        List<ContextItem> after = contexts.items(ALICE, id, 0, 10);
        assertThat(after).extracting(ContextItem::seq).containsExactly(2L, 3L, 4L, 5L);
        assertThat(after.get(2)).isEqualTo(summary);
        assertThat(compacted.context()).isEqualTo(contexts.get(ALICE, id));
        assertThat(compacted.context().version()).isEqualTo(3);
        assertThat(compacted.context().tokenCount())
                .isEqualTo(after.stream().mapToLong(ContextItem::tokenCount).sum());
        assertThat(contexts.append(ALICE, id, Item.user("next")).items())
                .extracting(ContextItem::seq)
                .containsExactly(6L);
        assertThat(contexts.search(ALICE, Search.text("done").in(id)))
                .extracting(hit -> hit.item().id())
                .containsExactly(summary.id());
        assertThat(contexts.search(ALICE, Search.text(tokens(100)).in(id)))
                .extracting(hit -> hit.item().seq())
                .containsExactlyInAnyOrder(2L, 3L, 5L);
    }

    @Test
    void aSummaryIsCompactedInItsTurn() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        Contexts counting = contexts.with((items, budget) -> items.size() + " " + tokens(20));
        for (int round = 0; round < 3; round++) {
            contexts.append(ALICE, id, Item.user(tokens(100)), Item.assistant(tokens(100)));
            assertThat(counting.compact(ALICE, id, Compaction.standard().keepItems(0))
                            .items())
                    .isEqualTo(round == 0 ? 2 : 3);
        }

        List<ContextItem> after = contexts.items(ALICE, id, 0, 10);
        assertThat(after).hasSize(1);
        assertThat(after.get(0).seq()).isEqualTo(6);
        assertThat(after.get(0).content()).startsWith("3 ");
    }

    @Test
    void aCompactionKeepsTheNewestByNumberByTokensOrByHalfOfTheWindow() {
        assertThat(keptOf(0, Compaction.standard())).isEqualTo(10);
        assertThat(keptOf(2_000, Compaction.standard())).isEqualTo(10);
        assertThat(keptOf(1_500, Compaction.standard())).isEqualTo(7);
        assertThat(keptOf(1_500, Compaction.standard().keepItems(9))).isEqualTo(9);
        assertThat(keptOf(1_500, Compaction.standard().keepTokens(399))).isEqualTo(3);
        assertThat(keptOf(0, Compaction.standard().keepTokens(400))).isEqualTo(4);
        assertThat(keptOf(0, Compaction.standard().keepTokens(400).keepItems(3)))
                .isEqualTo(3);
        assertThat(keptOf(0, Compaction.standard().keepItems(0))).isZero();
    }

    /** How many of 15 items of 100 tokens a compaction leaves beside the summary. */
    private int keptOf(int window, Compaction compaction) {
        String id =
                contexts.create(ALICE, NewContext.named("c").maxTokens(window)).id();
        contexts.append(
                ALICE,
                id,
                IntStream.range(0, 15).mapToObj(i -> Item.user(tokens(100))).toList());
        Compacted compacted = contexts.with((items, budget) -> "short").compact(ALICE, id, compaction);
        List<ContextItem> after = contexts.items(ALICE, id, 0, 100);
        assertThat(after).hasSize(16 - compacted.items());
        return after.size() - 1;
    }

    @Test
    void whereNothingIsToBeGainedNothingIsChanged() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        Contexts longWinded = contexts.with((items, budget) -> tokens(1_000));

        assertThat(contexts.compact(ALICE, id, Compaction.standard()).items()).isZero();
        contexts.append(
                ALICE, id, Item.system(tokens(500)), Item.user(tokens(500)).pinned());
        assertThat(contexts.compact(ALICE, id, Compaction.standard().keepItems(0))
                        .items())
                .isZero();
        contexts.append(ALICE, id, Item.user(tokens(20)), Item.user(tokens(20)));
        assertThat(contexts.compact(ALICE, id, Compaction.standard().keepItems(0))
                        .items())
                .isZero();
        contexts.append(ALICE, id, Item.user(tokens(900)));
        Compacted nothing = longWinded.compact(ALICE, id, Compaction.standard().keepItems(0));

        assertThat(nothing.items()).isZero();
        assertThat(nothing.tokens()).isZero();
        assertThat(nothing.summary()).isEmpty();
        assertThat(nothing.context()).isEqualTo(contexts.get(ALICE, id));
        assertThat(nothing.context().version()).isEqualTo(4);
        assertThat(contexts.items(ALICE, id, 0, 10)).hasSize(5);
    }

    @Test
    void whatIsAppendedWhileASummaryIsMadeStaysBehindIt() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        contexts.append(ALICE, id, Item.user(tokens(100)), Item.user(tokens(100)));
        AtomicInteger calls = new AtomicInteger();
        Contexts busy = contexts.with((items, budget) -> {
            calls.incrementAndGet();
            contexts.append(ALICE, id, Item.user("meanwhile"));
            return "summary";
        });

        Compacted compacted = busy.compact(ALICE, id, Compaction.standard().keepItems(0));

        assertThat(calls).hasValue(1);
        assertThat(compacted.items()).isEqualTo(2);
        List<ContextItem> after = contexts.items(ALICE, id, 0, 10);
        assertThat(after).extracting(ContextItem::content).containsExactly("summary", "meanwhile");
        assertThat(compacted.context().tokenCount())
                .isEqualTo(after.stream().mapToLong(ContextItem::tokenCount).sum());
    }

    @Test
    void whatIsTruncatedWhileASummaryIsMadeHasItMadeAnew() {
        String id = contexts.create(ALICE, NewContext.named("c").maxTokens(400)).id();
        contexts.append(ALICE, id, Item.user(tokens(100)), Item.user(tokens(100)), Item.user(tokens(100)));
        AtomicInteger calls = new AtomicInteger();
        Contexts busy = contexts.with((items, budget) -> {
            if (calls.incrementAndGet() == 1) {
                contexts.append(ALICE, id, Item.user(tokens(200)));
            }
            return "of " + items.get(0).seq();
        });

        Compacted compacted = busy.compact(ALICE, id, Compaction.standard().keepItems(1));

        assertThat(calls).hasValue(2);
        assertThat(compacted.summary().orElseThrow().content()).isEqualTo("of 2");
        assertThat(contexts.items(ALICE, id, 0, 10))
                .extracting(ContextItem::seq)
                .containsExactly(3L, 4L);
    }

    @Test
    void aContextThatIsChangedEveryTimeIsNotCompacted() {
        String id = contexts.create(ALICE, NewContext.named("c").maxTokens(400)).id();
        contexts.append(ALICE, id, Item.user(tokens(200)), Item.user(tokens(200)));
        AtomicInteger calls = new AtomicInteger();
        Contexts busy = contexts.with((items, budget) -> {
            calls.incrementAndGet();
            contexts.append(ALICE, id, Item.user(tokens(200)));
            return "summary";
        });

        MeshException refusal = refused(
                ErrorCode.CONCURRENT_CHANGE,
                () -> busy.compact(ALICE, id, Compaction.standard().keepItems(1)));

        assertThat(refusal.code().status()).isEqualTo(409);
        assertThat(refusal.retryAfter()).isPresent();
        assertThat(calls).hasValue(3);
        assertThat(contexts.items(ALICE, id, 0, 10))
                .extracting(ContextItem::seq)
                .containsExactly(4L, 5L);
    }

    @Test
    void aCompactionMayNameTheVersionThatTheContextIsAt() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        contexts.append(ALICE, id, Item.user(tokens(200)));
        Contexts quiet = contexts.with((items, budget) -> "summary");
        Contexts busy = contexts.with((items, budget) -> {
            contexts.append(ALICE, id, Item.user("meanwhile"));
            return "summary";
        });
        Compaction all = Compaction.standard().keepItems(0);

        refused(ErrorCode.VERSION_CONFLICT, () -> quiet.compact(ALICE, id, OptionalLong.of(1), all));
        refused(ErrorCode.VERSION_CONFLICT, () -> busy.compact(ALICE, id, OptionalLong.of(2), all));
        assertThat(quiet.compact(ALICE, id, OptionalLong.of(3), all).items()).isEqualTo(2);
    }

    @Test
    void aCompactionNeedsTheRightToReadAndToWriteAndSoundNumbers() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        contexts.append(ALICE, id, Item.user(tokens(200)));
        Compaction all = Compaction.standard();

        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> contexts.compact(Principal.of(ACME, "reader", "contexts:read"), id, all));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> contexts.compact(Principal.of(ACME, "writer", "contexts:write"), id, all));
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.compact(GEORGE, id, all));
        refused(ErrorCode.INVALID_VALUE, () -> contexts.compact(ALICE, id, all.keepItems(-1)));
        refused(ErrorCode.INVALID_VALUE, () -> contexts.compact(ALICE, id, all.keepTokens(-1)));
        refused(ErrorCode.INVALID_VALUE, () -> contexts.compact(ALICE, id, all.summaryTokens(0)));
        for (String text : List.of("", " ", "nul \0", "half \ud83d")) {
            Contexts faulty = contexts.with((items, budget) -> text);
            assertThatIllegalStateException()
                    .isThrownBy(() -> faulty.compact(ALICE, id, all.keepItems(0)))
                    .withMessageContaining("summarizer");
        }
        store.inTransaction(ACME, session -> {
            assertThatIllegalStateException()
                    .isThrownBy(() -> contexts.within(session, work -> {}).compact(ALICE, id, all));
            return null;
        });
        assertThat(contexts.get(ALICE, id).version()).isEqualTo(2);
    }

    @Test
    void aSummaryThatNoItemMakesRoomForIsRefused() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        contexts.append(ALICE, id, Item.user("one"), Item.system("two"));

        for (long seq : List.of(2L, 3L)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> store.inTransaction(ACME, session -> {
                        session.contexts().lock(id, clock.instant());
                        return session.contexts().compact(id, summaryAt(id, seq));
                    }));
        }
        assertThat(contexts.items(ALICE, id, 0, 10))
                .extracting(ContextItem::content)
                .containsExactly("one", "two");
    }

    private ContextItem summaryAt(String id, long seq) {
        return new ContextItem(
                "item_summary" + seq,
                id,
                seq,
                Role.ASSISTANT,
                "summary",
                2,
                Json.object(),
                false,
                EmbeddingState.PENDING,
                clock.instant());
    }

    @Test
    void withoutAModelASummaryIsExtractedAndSaysSo() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        contexts.append(
                ALICE,
                id,
                IntStream.range(0, 40)
                        .mapToObj(i ->
                                Item.user("The build " + i + " of main failed in the login tests. Then came lunch."))
                        .toList());

        Compacted compacted = contexts.compact(ALICE, id, Compaction.standard().summaryTokens(100));

        ContextItem summary = compacted.summary().orElseThrow();
        assertThat(compacted.items()).isEqualTo(30);
        assertThat(summary.tokenCount()).isLessThanOrEqualTo(100);
        assertThat(summary.content()).startsWith("[Extracted from 30 items").contains("left out");
    }

    private List<String> listed(ContextFilter filter) {
        return contexts.list(ALICE, Listing.of(filter)).data().stream()
                .map(Context::id)
                .toList();
    }

    private List<String> listedWith(String metadata) {
        return listed(ContextFilter.all().metadata((ObjectNode) Json.parse(metadata)));
    }

    @Test
    void contextsAreListedNewestFirstPageByPage() {
        List<String> ids = IntStream.range(0, 7)
                .mapToObj(i -> {
                    clock.advance(Duration.ofMillis(i % 2));
                    return contexts.create(
                                    ALICE,
                                    NewContext.named(i % 3 == 0 ? "third" : "other")
                                            .agent("bot-" + i % 2))
                            .id();
                })
                .toList();
        contexts.create(GEORGE, NewContext.named("third").agent("bot-1"));

        List<Context> listed = new ArrayList<>();
        Listing listing = Listing.all().limit(3);
        int pages = 0;
        Page<Context> page;
        do {
            page = contexts.list(ALICE, listing);
            assertThat(page.data().size()).isLessThanOrEqualTo(3);
            listed.addAll(page.data());
            listing = listing.after(page.nextCursor());
            pages++;
        } while (!page.isLast());

        assertThat(pages).isEqualTo(3);
        assertThat(listed).extracting(Context::id).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(listed).extracting(Context::createdAt).isSortedAccordingTo(Collections.reverseOrder());
        assertThat(contexts.list(ALICE, Listing.all()).data()).isEqualTo(listed);
        assertThat(contexts.list(ALICE, Listing.all().name("third")).data()).hasSize(3);
        assertThat(contexts.list(ALICE, Listing.all().agent("bot-1")).data()).hasSize(3);
        assertThat(contexts.list(ALICE, Listing.all().agent("bot-1").name("third"))
                        .data())
                .extracting(Context::id)
                .containsExactly(ids.get(3));
        assertThat(contexts.list(ALICE, Listing.all().limit(7)).isLast()).isTrue();
    }

    @Test
    void aCursorThatNoListingReturnedIsRefused() {
        for (String cursor : List.of("x", "!!", "MS4xLjI", "a".repeat(5_000), "MS45OTk5OTk5OTk5OTk5LjAuYQ", " ")) {
            assertThat(refused(
                                    ErrorCode.INVALID_VALUE,
                                    () -> contexts.list(ALICE, Listing.all().after(cursor)))
                            .fix())
                    .contains("next_cursor");
        }
        String sound = new Position(clock.instant(), "ctx_gone").cursor();
        assertThat(contexts.list(ALICE, Listing.all().after(sound)).data()).isEmpty();
    }

    @Test
    void theBestAnswerComesFirst() {
        String id = contexts.create(ALICE, NewContext.named("incident")).id();
        contexts.append(
                ALICE,
                id,
                Item.user("main is red since 14:02"),
                Item.assistant("The build of main fails in the login tests"),
                Item.user("lunch is at noon"));

        List<Hit> hits = contexts.search(
                ALICE, Search.text("since when is main red?").in(id).limit(5));

        assertThat(hits).extracting(hit -> hit.item().seq()).startsWith(1L).contains(2L);
        assertThat(hits).extracting(Hit::score).isSortedAccordingTo(Collections.reverseOrder());
        assertThat(hits.get(0).contextId()).isEqualTo(id);
        assertThat(hits.get(0).contextName()).isEqualTo("incident");
        assertThat(contexts.search(ALICE, Search.text("main").limit(1))).hasSize(1);
        assertThat(contexts.search(ALICE, Search.text("zebra"))).isEmpty();
        assertThat(contexts.search(ALICE, Search.text("?!"))).isEmpty();
    }

    @Test
    void searchIgnoresCaseAndAccentsInEveryScript() {
        String id = contexts.create(ALICE, NewContext.named("words")).id();
        contexts.append(
                ALICE,
                id,
                Item.user("Le café est fermé"),
                Item.user("ПРИВЕТ МИР"),
                Item.user("Die Straße ist gesperrt"),
                Item.user("東京は晴れ"));

        assertThat(seqsOf("CAFE")).containsExactly(1L);
        assertThat(seqsOf("cafe\u0301 ferme")).containsExactly(1L);
        assertThat(seqsOf("привет")).containsExactly(2L);
        assertThat(seqsOf("STRASSE")).containsExactly(3L);
        assertThat(seqsOf("東京")).containsExactly(4L);
    }

    @Test
    void equalAnswersComeLatestFirst() {
        String id = contexts.create(ALICE, NewContext.named("ties")).id();
        contexts.append(ALICE, id, Item.user("same words"), Item.user("same words"));
        clock.advance(Duration.ofSeconds(1));
        contexts.append(ALICE, id, Item.user("same words"));

        assertThat(seqsOf("words")).containsExactly(3L, 2L, 1L);
    }

    @Test
    void searchFindsNothingOfOtherContextsOrTenantsOrOfWhatIsGone() {
        String mine = contexts.create(ALICE, NewContext.named("mine")).id();
        String second = contexts.create(ALICE, NewContext.named("second")).id();
        String foreign = contexts.create(GEORGE, NewContext.named("foreign")).id();
        String expiring = contexts.create(ALICE, NewContext.named("short").expiresIn(Duration.ofSeconds(5)))
                .id();
        contexts.append(ALICE, mine, Item.user("secret one"));
        contexts.append(ALICE, second, Item.user("secret two"));
        contexts.append(ALICE, expiring, Item.user("secret three"));
        contexts.append(GEORGE, foreign, Item.user("secret four"));

        assertThat(contexts.search(ALICE, Search.text("secret"))).hasSize(3);
        assertThat(contexts.search(ALICE, Search.text("secret").in(mine)))
                .extracting(hit -> hit.item().content())
                .containsExactly("secret one");
        refused(
                ErrorCode.CONTEXT_NOT_FOUND,
                () -> contexts.search(ALICE, Search.text("secret").in(foreign)));
        clock.advance(Duration.ofSeconds(5));
        assertThat(contexts.search(ALICE, Search.text("secret"))).hasSize(2);
        contexts.delete(ALICE, second);
        assertThat(contexts.search(ALICE, Search.text("secret")))
                .extracting(Hit::contextName)
                .containsExactly("mine");
    }

    @Test
    void aScoreSaysNothingAboutOtherTenants() {
        String id = contexts.create(ALICE, NewContext.named("mine")).id();
        contexts.append(ALICE, id, Item.user("rare word"), Item.user("other things"));
        double before = contexts.search(ALICE, Search.text("rare")).get(0).score();

        String foreign = contexts.create(GEORGE, NewContext.named("foreign")).id();
        contexts.append(GEORGE, foreign, Item.user("rare rare rare"), Item.user("rare"));

        assertThat(contexts.search(ALICE, Search.text("rare")).get(0).score()).isEqualTo(before);
    }

    @Test
    void anExpiredContextIsInvisibleAtOnceAndGoneWhenPurged() {
        String id = contexts.create(ALICE, NewContext.named("short").expiresIn(Duration.ofSeconds(5)))
                .id();
        contexts.append(ALICE, id, Item.user("hello"));
        clock.advance(Duration.ofSeconds(5).minusMillis(1));
        assertThat(contexts.find(ALICE, id)).isPresent();

        clock.advance(Duration.ofMillis(1));

        assertThat(contexts.find(ALICE, id)).isEmpty();
        assertThat(contexts.list(ALICE, Listing.all()).data()).isEmpty();
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.append(ALICE, id, Item.user("late")));
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.items(ALICE, id, 0, 1));
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.update(ALICE, id, 2, ContextChange.nothing()));
        refused(
                ErrorCode.CONTEXT_NOT_FOUND,
                () -> contexts.search(ALICE, Search.text("hello").in(id)));
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.delete(ALICE, id));
        assertThat(store.system().purge(clock.instant(), clock.instant())).isEqualTo(1);
    }

    @Test
    void aForeignContextDoesNotExist() {
        String id = contexts.create(ALICE, NewContext.named("mine")).id();
        contexts.append(ALICE, id, Item.user("hello"));

        String unknown = refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.get(GEORGE, "ctx_0"))
                .sentence()
                .replace("ctx_0", id);
        assertThat(refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.get(GEORGE, id))
                        .sentence())
                .isEqualTo(unknown);
        assertThat(contexts.find(GEORGE, id)).isEmpty();
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.append(GEORGE, id, Item.user("hi")));
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.items(GEORGE, id, 0, 1));
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.update(GEORGE, id, 2, ContextChange.nothing()));
        refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.delete(GEORGE, id));
        assertThat(contexts.items(ALICE, id, 0, 10)).hasSize(1);
    }

    @Test
    void whoMayOnlyReadWritesNothingAndWhoMayOnlyWriteReadsNothing() {
        String id = contexts.create(ALICE, NewContext.named("mine")).id();
        Principal reader = Principal.of(ACME, "reader", "contexts:read");
        Principal writer = Principal.of(ACME, "writer", "contexts:write");

        assertThat(contexts.get(reader, id).id()).isEqualTo(id);
        contexts.append(writer, id, Item.user("hi"));

        for (MeshException refusal : List.of(
                refused(ErrorCode.PERMISSION_DENIED, () -> contexts.create(reader, NewContext.named("c"))),
                refused(ErrorCode.PERMISSION_DENIED, () -> contexts.append(reader, id, Item.user("hi"))),
                refused(ErrorCode.PERMISSION_DENIED, () -> contexts.update(reader, id, 1, ContextChange.nothing())),
                refused(ErrorCode.PERMISSION_DENIED, () -> contexts.delete(reader, id)))) {
            assertThat(refusal).hasMessageContaining("contexts:write");
        }
        for (MeshException refusal : List.of(
                refused(ErrorCode.PERMISSION_DENIED, () -> contexts.get(writer, id)),
                refused(ErrorCode.PERMISSION_DENIED, () -> contexts.find(writer, id)),
                refused(ErrorCode.PERMISSION_DENIED, () -> contexts.items(writer, id, 0, 1)),
                refused(ErrorCode.PERMISSION_DENIED, () -> contexts.list(writer, Listing.all())),
                refused(ErrorCode.PERMISSION_DENIED, () -> contexts.search(writer, Search.text("hi"))))) {
            assertThat(refusal).hasMessageContaining("contexts:read");
        }
        assertThat(contexts.items(reader, id, 0, 10)).hasSize(1);
    }

    @Test
    void whatIsTooLargeIsRefusedWithTheNumberAndACure() {
        Contexts small =
                contexts.with(ContextLimits.defaults().withSizes(10, 20).withItems(2, 3));
        String id = small.create(ALICE, NewContext.named("n".repeat(200))).id();
        ObjectNode large = Json.object().put("key", "01234567890");

        small.append(ALICE, id, Item.user("0123456789"));
        for (MeshException refusal : List.of(
                refused(ErrorCode.INVALID_VALUE, () -> small.create(ALICE, NewContext.named("n".repeat(201)))),
                refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.create(ALICE, NewContext.named("").agent("a".repeat(201)))),
                refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.create(ALICE, NewContext.named("").metadata(large))),
                refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.create(ALICE, NewContext.named("").maxTokens(-1))),
                refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.create(ALICE, NewContext.named("").expiresIn(Duration.ofDays(9_999)))),
                refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.create(ALICE, NewContext.named("").expiresIn(Duration.ofSeconds(-1)))),
                refused(ErrorCode.INVALID_VALUE, () -> small.append(ALICE, id)),
                refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.append(ALICE, id, Item.user("a"), Item.user("b"), Item.user("c"))),
                refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.append(ALICE, id, Item.user("ok"), Item.user("01234567\u00e9\u00e9"))),
                refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.append(ALICE, id, Item.user("ok").metadata(large))),
                refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.update(ALICE, id, 2, ContextChange.nothing().metadata(large))),
                refused(ErrorCode.INVALID_VALUE, () -> small.search(ALICE, Search.text("x".repeat(4_097)))),
                refused(ErrorCode.INVALID_VALUE, () -> small.search(ALICE, Search.text(" "))))) {
            assertThat(refusal.fix()).isNotBlank();
        }
        refused(
                ErrorCode.INVALID_VALUE,
                () -> small.search(ALICE, Search.text("x").limit(101)));
        refused(
                ErrorCode.INVALID_VALUE,
                () -> small.search(ALICE, Search.text("x").limit(0)));
        refused(ErrorCode.INVALID_VALUE, () -> small.list(ALICE, Listing.all().limit(201)));
        refused(ErrorCode.INVALID_VALUE, () -> small.items(ALICE, id, 0, 4));
        assertThat(refused(
                        ErrorCode.INVALID_VALUE,
                        () -> small.append(ALICE, id, Item.user("a"), Item.user("01234567890"))))
                .hasMessageContaining("item 2")
                .hasMessageContaining("11")
                .hasMessageContaining("10");
    }

    @Test
    void whatNoStoreCanKeepIsRefused() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        ObjectNode deep = Json.object();
        ObjectNode level = deep;
        for (int i = 0; i < 101; i++) {
            level = level.putObject("d");
        }

        for (String text : List.of("nul \0", "half \ud83d", "\ude00 half")) {
            refused(ErrorCode.INVALID_VALUE, () -> contexts.create(ALICE, NewContext.named(text)));
            refused(ErrorCode.INVALID_VALUE, () -> contexts.append(ALICE, id, Item.user(text)));
            refused(ErrorCode.INVALID_VALUE, () -> contexts.append(ALICE, id, Item.tool(text, "x")));
            refused(ErrorCode.INVALID_VALUE, () -> contexts.search(ALICE, Search.text(text)));
            refused(
                    ErrorCode.INVALID_VALUE,
                    () -> contexts.list(ALICE, Listing.all().name(text)));
            refused(
                    ErrorCode.INVALID_VALUE,
                    () -> contexts.create(
                            ALICE, NewContext.named("").metadata(Json.object().put(text, 1))));
            refused(ErrorCode.CONTEXT_NOT_FOUND, () -> contexts.get(ALICE, text));
            refused(
                    ErrorCode.CONTEXT_NOT_FOUND,
                    () -> contexts.search(ALICE, Search.text("x").in(text)));
        }
        refused(
                ErrorCode.INVALID_VALUE,
                () -> contexts.create(ALICE, NewContext.named("").metadata(deep)));
        refused(
                ErrorCode.INVALID_VALUE,
                () -> contexts.create(
                        ALICE, NewContext.named("").metadata(Json.object().put("n", Double.NaN))));
        refused(
                ErrorCode.INVALID_VALUE,
                () -> contexts.create(
                        ALICE, NewContext.named("").metadata(Json.object().putPOJO("p", new Object()))));
        contexts.append(ALICE, id, Item.user("whole \ud83d\ude00"));
        assertThat(contexts.items(ALICE, id, 0, 1).get(0).content()).isEqualTo("whole \ud83d\ude00");
    }

    @Test
    void metadataBelongsToTheContextAndNotToWhoWroteOrReadIt() {
        ObjectNode metadata = Json.object().put("k", "v");
        Context created = contexts.create(ALICE, NewContext.named("c").metadata(metadata));
        contexts.append(ALICE, created.id(), Item.user("x").metadata(metadata));

        metadata.put("k", "changed");
        created.metadata().put("k", "changed");
        contexts.get(ALICE, created.id()).metadata().put("k", "changed");
        contexts.items(ALICE, created.id(), 0, 1).get(0).metadata().put("k", "changed");

        assertThat(contexts.get(ALICE, created.id()).metadata().path("k").stringValue())
                .isEqualTo("v");
        assertThat(contexts.items(ALICE, created.id(), 0, 1)
                        .get(0)
                        .metadata()
                        .path("k")
                        .stringValue())
                .isEqualTo("v");
    }

    @Test
    void aCallWithinAUnitOfWorkIsRefused() {
        assertThatIllegalStateException()
                .isThrownBy(
                        () -> store.inTransaction(ACME, session -> contexts.create(ALICE, NewContext.named("nested"))));
    }

    private List<Long> seqsOf(String question) {
        return contexts.search(ALICE, Search.text(question)).stream()
                .map(hit -> hit.item().seq())
                .toList();
    }

    private List<ContextItem> allItems(String id) {
        List<ContextItem> all = new ArrayList<>();
        List<ContextItem> page;
        do {
            long last = all.isEmpty() ? 0 : all.get(all.size() - 1).seq();
            page = contexts.items(ALICE, id, last, 200);
            all.addAll(page);
        } while (page.size() == 200);
        return all;
    }

    /** A text that the standard counter takes for so many tokens. */
    private static String tokens(int count) {
        return "word".repeat(count);
    }
}
