package dev.devmesh.contract;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Search;
import dev.devmesh.context.SearchMode;
import dev.devmesh.embedding.Embedder;
import dev.devmesh.embedding.EmbeddingModel;
import dev.devmesh.embedding.Questions;
import dev.devmesh.json.Json;
import dev.devmesh.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * How well a store and a model find what is meant: 205 memories of a software team, 40 questions of which each is answered by one memory. See
 * memories.md beside the texts.
 */
public final class SearchQuality {

    /** How many of the first hits count. */
    public static final int HITS = 5;

    private static final Principal ANN = Principal.administrator(new Tenant("quality"), "ann");
    private static final int PER_APPEND = 100;

    private final Contexts contexts;
    private final Map<String, String> textsById = new HashMap<>();
    private final List<JsonNode> questions = lines("questions.jsonl");

    /**
     * Puts the memories into the store and has them embedded.
     *
     * @param store an empty one
     */
    public SearchQuality(Store store, EmbeddingModel model) {
        Clock clock = Clock.systemUTC();
        contexts = Contexts.in(store, clock).with(new Questions(model, Runnable::run));
        String id = contexts.create(ANN, NewContext.named("team")).id();
        List<Item> items = new ArrayList<>();
        for (JsonNode memory : lines("memories.jsonl")) {
            String text = memory.path("text").stringValue();
            textsById.put(memory.path("id").stringValue(), text);
            items.add(Item.assistant(text));
        }
        for (int from = 0; from < items.size(); from += PER_APPEND) {
            contexts.append(ANN, id, items.subList(from, Math.min(items.size(), from + PER_APPEND)));
        }
        try (Embedder embedder = new Embedder(store, model, clock, event -> {})) {
            while (embedder.sweep() > 0) {
                // One batch after the other.
            }
        }
    }

    /** How many of the 20 questions of this half have their answer among the first {@link #HITS} hits. */
    public int hits(SearchMode mode, boolean heldBack) {
        return (int) questions.stream()
                .filter(question -> question.path("held_back").booleanValue() == heldBack)
                .filter(question -> finds(question, mode))
                .count();
    }

    private boolean finds(JsonNode question, SearchMode mode) {
        String answer =
                Objects.requireNonNull(textsById.get(question.path("answer").stringValue()));
        return contexts
                .search(
                        ANN,
                        Search.text(question.path("text").stringValue())
                                .by(mode)
                                .limit(HITS))
                .stream()
                .map(hit -> hit.item().content())
                .anyMatch(answer::equals);
    }

    /** Hits of each mode for each half, of those that share words with their answer and of those that do not. */
    public String table() {
        StringBuilder table = new StringBuilder("hit@5 of 10 each      open near  open far  held near  held far\n");
        for (SearchMode mode : SearchMode.values()) {
            table.append(String.format(Locale.ROOT, "%-20s", mode.wireName()));
            for (boolean heldBack : new boolean[] {false, true}) {
                for (boolean near : new boolean[] {true, false}) {
                    long hits = questions.stream()
                            .filter(question -> question.path("held_back").booleanValue() == heldBack
                                    && question.path("shares_words").booleanValue() == near)
                            .filter(question -> finds(question, mode))
                            .count();
                    table.append(String.format(Locale.ROOT, "%10d", hits));
                }
            }
            table.append('\n');
        }
        return table.toString();
    }

    private static List<JsonNode> lines(String resource) {
        try (InputStream in = Objects.requireNonNull(SearchQuality.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(Json::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
