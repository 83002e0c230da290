package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.EmbeddingState;
import dev.devmesh.context.Hit;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Search;
import dev.devmesh.context.SearchMode;
import dev.devmesh.embedding.Embedder;
import dev.devmesh.embedding.EmbeddingUnavailableException;
import dev.devmesh.embedding.Questions;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Items are embedded in the background whatever happens to the model, and found by words and by meaning. */
public abstract class EmbedderContract extends StoreTestBase {

    private final ScriptedModel model = new ScriptedModel("scripted", 8);
    private final List<MeshEvent> events = new CopyOnWriteArrayList<>();
    private Embedder embedder;
    private Contexts contexts;
    private String log;

    @BeforeEach
    void openEmbedder() {
        embedder = new Embedder(store, model, clock, events::add);
        contexts = Contexts.in(store, clock).with(new Questions(model, work -> new Thread(work).start()));
        log = contexts.create(ALICE, NewContext.named("log")).id();
    }

    @Test
    void whatIsAppendedIsEmbeddedAndFoundByItsMeaning() {
        append("the kubernetes cluster restarts");
        append("lunch is at noon");

        assertThat(embedder.sweep()).isEqualTo(2);
        assertThat(embedder.sweep()).isZero();

        assertThat(states()).containsOnly(EmbeddingState.DONE);
        List<Hit> hits =
                contexts.search(ALICE, Search.text("kuberentes clusters").by(SearchMode.MEANING));
        assertThat(hits).singleElement().satisfies(hit -> {
            assertThat(hit.item().content()).isEqualTo("the kubernetes cluster restarts");
            assertThat(hit.score()).isEqualTo(hit.why().similarity().orElseThrow());
            assertThat(hit.why().rankByMeaning()).hasValue(1);
            assertThat(hit.why().rankByWords()).isEmpty();
            assertThat(hit.why().sentence()).startsWith("number 1 by meaning (similarity 0.");
        });
        assertThat(events.get(0)).isInstanceOfSatisfying(MeshEvent.ItemsEmbedded.class, event -> {
            assertThat(event.model()).isEqualTo("scripted");
            assertThat(event.embedded()).isEqualTo(2);
        });
    }

    @Test
    void aTextThatTheTenantHasAlreadyIsNotEmbeddedAgain() {
        append("same");
        append("same");
        String theirs = contexts.create(GEORGE, NewContext.named("log")).id();
        embedder.sweep();
        assertThat(model.texts()).containsExactly("same");

        append("same");
        embedder.sweep();
        assertThat(model.texts()).containsExactly("same");
        assertThat(states()).containsOnly(EmbeddingState.DONE);

        contexts.append(GEORGE, theirs, Item.user("same"));
        embedder.sweep();
        assertThat(model.texts()).as("another tenant's text is its own").containsExactly("same", "same");
    }

    @Test
    void itemsWaitWhileTheModelIsAwayAndNoneIsGivenUp() {
        model.before(texts -> {
            throw new IllegalStateException("connection refused");
        });
        append("one");
        append("two");

        for (int i = 0; i < 20; i++) {
            embedder.sweep();
            clock.advance(Duration.ofMinutes(1));
        }
        assertThat(states()).containsOnly(EmbeddingState.PENDING);
        assertThat(embedder.health().healthy()).isTrue();
        assertThat(embedder.health().detail()).startsWith("degraded: ").doesNotContain("connection refused");

        model.before(texts -> {});
        embedder.sweep();
        assertThat(states()).containsOnly(EmbeddingState.DONE);
        assertThat(embedder.health().detail()).doesNotContain("degraded");
    }

    @Test
    void whatTheModelAsksToWaitIsWaited() {
        model.before(texts -> {
            throw new EmbeddingUnavailableException("Too many requests.", "", Duration.ofMinutes(3), null);
        });
        append("one");
        embedder.sweep();
        model.before(texts -> {});

        clock.advance(Duration.ofMinutes(3).minusMillis(1));
        assertThat(embedder.sweep()).isZero();
        clock.advance(Duration.ofMillis(1));
        assertThat(embedder.sweep()).isEqualTo(1);
    }

    @Test
    void onlyTheTextThatTheModelRefusesIsGivenUp() {
        model.refuse(text -> text.equals("text 5"));
        contexts.append(
                ALICE,
                log,
                IntStream.range(0, 8).mapToObj(n -> Item.user("text " + n)).toList());

        embedder.sweep();

        assertThat(items())
                .filteredOn(item -> item.embedding() == EmbeddingState.FAILED)
                .extracting(ContextItem::content)
                .containsExactly("text 5");
        assertThat(items())
                .filteredOn(item -> item.embedding() == EmbeddingState.DONE)
                .hasSize(7);
        assertThat(contexts.search(ALICE, Search.text("text 5"))).isNotEmpty();
    }

    @Test
    void aModelThatRefusesEverythingIsSetUpWronglyAndNoTextIsGivenUp() {
        model.refuse(text -> true);
        append("one");
        append("two");

        embedder.sweep();
        assertThat(states()).containsOnly(EmbeddingState.PENDING);
        assertThat(embedder.health().detail()).contains("refuses every text");

        model.refuse(text -> text.equals("one"));
        clock.advance(Duration.ofMinutes(1));
        embedder.sweep();
        assertThat(states()).containsExactly(EmbeddingState.FAILED, EmbeddingState.DONE);
    }

    @Test
    void aTextOnWhichTheModelBreaksHoldsUpNoOthersForLong() {
        model.before(texts -> {
            if (texts.contains("poison")) {
                throw new IllegalStateException("internal server error");
            }
        });
        append("poison");
        append("good");

        for (int i = 0; i < 8; i++) {
            append("new " + i);
            embedder.sweep();
            clock.advance(Duration.ofMinutes(1));
        }
        // What met the poison in a batch comes again after a pause that chance has a part in.
        for (int i = 0; i < 30; i++) {
            embedder.sweep();
            clock.advance(Duration.ofMinutes(1));
        }

        assertThat(items())
                .filteredOn(item -> item.embedding() != EmbeddingState.DONE)
                .extracting(ContextItem::content)
                .containsExactly("poison");
    }

    @Test
    void blankTextsAreNotGivenToTheModel() {
        append(" \n");
        embedder.sweep();

        assertThat(model.asked()).isEmpty();
        assertThat(states()).containsExactly(EmbeddingState.FAILED);
    }

    @Test
    void theModelIsAskedOutsideOfUnitsOfWork() {
        append("one");
        model.before(texts -> contexts.append(GEORGE, contextOfGeorge(), Item.user("meanwhile")));

        embedder.sweep();

        assertThat(states()).containsExactly(EmbeddingState.DONE);
    }

    @Test
    void anItemThatGoesWhileItIsEmbeddedIsNoTrouble() {
        append("one");
        model.before(texts -> contexts.delete(ALICE, log));

        assertThat(embedder.sweep()).isEqualTo(1);
        assertThat(embedder.sweep()).isZero();
    }

    @Test
    void aStartedEmbedderTakesUpWhatIsAppendedAtOnce() {
        try (Embedder started = embedder) {
            started.start();
            append("one");
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(states()).containsOnly(EmbeddingState.DONE));
        }
    }

    @Test
    void closingInterruptsTheModelAndGivesItsItemsBack() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        model.before(texts -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        });
        embedder.start();
        append("one");
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();

        embedder.close(Duration.ofMillis(50));

        model.before(texts -> {});
        Embedder next = new Embedder(store, model, clock, events::add);
        assertThat(next.sweep()).isEqualTo(1);
        assertThat(states()).containsOnly(EmbeddingState.DONE);
    }

    @Test
    void twoEmbeddersShareTheWorkAndEmbedNothingTwice() {
        ScriptedModel other = new ScriptedModel("scripted", 8);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            List<Item> items = new ArrayList<>();
            for (int n = 0; n < 50; n++) {
                expected.add("text " + i + " " + n);
                items.add(Item.user("text " + i + " " + n));
            }
            contexts.append(ALICE, log, items);
        }
        try (Embedder one = embedder;
                Embedder two = new Embedder(store, other, clock, events::add)) {
            one.start();
            two.start();
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(
                                    store.system().embeddingBacklog("scripted").pending())
                            .isZero());
        }
        List<String> embedded = new ArrayList<>(model.texts());
        embedded.addAll(other.texts());
        assertThat(embedded).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void afterAChangeOfModelWhatThereIsIsEmbeddedOnRequest() {
        append("the kubernetes cluster");
        embedder.sweep();
        ScriptedModel newer = new ScriptedModel("newer", 8);
        Embedder next = new Embedder(store, newer, clock, events::add);
        Contexts searched = Contexts.in(store, clock).with(new Questions(newer, Runnable::run));
        Search search = Search.text("kuberentes cluster").by(SearchMode.MEANING);
        assertThat(next.sweep()).isZero();
        assertThat(searched.search(ALICE, search)).isEmpty();

        assertThat(next.embedAgain()).isEqualTo(1);
        assertThat(next.sweep()).isEqualTo(1);

        assertThat(searched.search(ALICE, search)).hasSize(1);
        assertThat(next.embedAgain()).isZero();
    }

    // Search

    @Test
    void hybridFindsWhatEitherFindsAndWhatBothFindFirst() {
        append("postgres is slow");
        append("the postgress replica lags");
        append("lunch is at noon");
        embedder.sweep();

        List<Hit> hits = contexts.search(ALICE, Search.text("postgres"));

        assertThat(hits)
                .extracting(hit -> hit.item().content())
                .containsExactly("postgres is slow", "the postgress replica lags");
        assertThat(hits.get(0).why().rankByWords()).hasValue(1);
        assertThat(hits.get(0).why().rankByMeaning()).hasValue(1);
        assertThat(hits.get(0).score()).isEqualTo(2.0 / 61);
        assertThat(hits.get(0).why().sentence()).startsWith("number 1 by words, number 1 by meaning");
        assertThat(hits.get(1).why().rankByWords()).isEmpty();
        assertThat(hits.get(1).why().rankByMeaning()).hasValue(2);
    }

    @Test
    void eachModeFindsByItsOwn() {
        append("the postgress replica lags");
        embedder.sweep();
        Search search = Search.text("postgres");

        assertThat(contexts.search(ALICE, search.by(SearchMode.WORDS))).isEmpty();
        assertThat(contexts.search(ALICE, search.by(SearchMode.MEANING))).hasSize(1);
        assertThat(contexts.search(ALICE, search)).hasSize(1);
    }

    @Test
    void anItemIsFoundByItsWordsBeforeItIsEmbedded() {
        append("postgres is slow");

        assertThat(contexts.search(ALICE, Search.text("postgres")))
                .singleElement()
                .satisfies(hit -> assertThat(hit.why().sentence()).isEqualTo("number 1 by words"));
    }

    @Test
    void whileTheModelIsAwayHybridGoesByWordsAndMeaningIsRefused() {
        append("postgres is slow");
        embedder.sweep();
        model.before(texts -> {
            throw new IllegalStateException("connection refused");
        });

        assertThat(contexts.search(ALICE, Search.text("postgres")))
                .singleElement()
                .satisfies(hit -> assertThat(hit.why().sentence())
                        .isEqualTo("number 1 by words; by words only: The embedding model does not answer."));
        MeshException refusal = refused(
                ErrorCode.EMBEDDING_UNAVAILABLE,
                () -> contexts.search(ALICE, Search.text("postgres").by(SearchMode.MEANING)));
        assertThat(refusal.retryAfter()).isPresent();
        int asked = model.asked().size();
        contexts.search(ALICE, Search.text("another question"));
        assertThat(model.asked()).as("it is left alone for a while").hasSize(asked);
    }

    @Test
    void aQuestionWaitsForTheModelTwoSecondsAtMost() {
        append("postgres is slow");
        embedder.sweep();
        model.before(texts -> {
            try {
                new CountDownLatch(1).await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
        });

        long began = System.nanoTime();
        assertThat(contexts.search(ALICE, Search.text("postgres"))).hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void aQuestionIsEmbeddedOnceForOneTenant() {
        Search search = Search.text("postgres").by(SearchMode.MEANING);
        contexts.search(ALICE, search);
        contexts.search(ALICE, search);
        assertThat(model.texts()).containsExactly("postgres");

        contexts.search(GEORGE, search);
        assertThat(model.texts()).containsExactly("postgres", "postgres");
    }

    @Test
    void contextsWithoutAModelFindByWords() {
        append("postgres is slow");
        Contexts plain = Contexts.in(store, clock);

        assertThat(plain.search(ALICE, Search.text("postgres"))).hasSize(1);
        refused(
                ErrorCode.EMBEDDING_UNAVAILABLE,
                () -> plain.search(ALICE, Search.text("postgres").by(SearchMode.MEANING)));
    }

    @Test
    void aFilterThatCannotBeAskedIsRefused() {
        Search search = Search.text("postgres");
        Search many = search;
        for (int i = 0; i < 17; i++) {
            many = many.metadata("k" + i, "v");
        }
        Search tooMany = many;
        refused(ErrorCode.INVALID_VALUE, () -> contexts.search(ALICE, tooMany));
        refused(ErrorCode.INVALID_VALUE, () -> contexts.search(ALICE, search.agent("x".repeat(201))));
        refused(ErrorCode.INVALID_VALUE, () -> contexts.search(ALICE, search.metadata("k", "\u0000")));
        refused(ErrorCode.INVALID_VALUE, () -> contexts.search(ALICE, search.metadata("k", Json.object())));
    }

    private String contextOfGeorge() {
        return contexts.create(GEORGE, NewContext.named("theirs")).id();
    }

    private void append(String text) {
        contexts.append(ALICE, log, Item.user(text));
    }

    private List<ContextItem> items() {
        return contexts.items(ALICE, log, 0, 200);
    }

    private List<EmbeddingState> states() {
        return items().stream().map(ContextItem::embedding).toList();
    }
}
