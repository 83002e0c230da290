package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.auth.Principal;
import dev.devmesh.context.Appended;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextChange;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.ContextLimits;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Hit;
import dev.devmesh.context.Item;
import dev.devmesh.context.Listing;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Role;
import dev.devmesh.context.Search;
import dev.devmesh.json.Json;
import dev.devmesh.store.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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
