package dev.devmesh.contract;

import dev.devmesh.embedding.EmbeddingModel;
import dev.devmesh.embedding.TextRefusedException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The lexical-hash model under another name, which notes what it is asked and can be told to fail. Safe for use by many threads. */
public final class ScriptedModel implements EmbeddingModel {

    private final EmbeddingModel real = EmbeddingModel.lexicalHash(384);
    private final String name;
    private final int maxBatch;
    private final List<List<String>> asked = new CopyOnWriteArrayList<>();
    private volatile Predicate<String> refuses = text -> false;
    private volatile Consumer<List<String>> before = texts -> {};

    /** A model that works. */
    public ScriptedModel(String name, int maxBatch) {
        this.name = name;
        this.maxBatch = maxBatch;
    }

    /** Never takes such texts from now on. */
    public void refuse(Predicate<String> texts) {
        refuses = texts;
    }

    /** What is done before an answer from now on; an exception takes the answer's place. */
    public void before(Consumer<List<String>> action) {
        before = action;
    }

    /** What it was asked, call by call. */
    public List<List<String>> asked() {
        return List.copyOf(asked);
    }

    /** Every text it was asked, in order. */
    public List<String> texts() {
        return asked.stream().flatMap(List::stream).toList();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int dimensions() {
        return real.dimensions();
    }

    @Override
    public int maxBatch() {
        return maxBatch;
    }

    @Override
    public double leastSimilarity() {
        return real.leastSimilarity();
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        asked.add(List.copyOf(texts));
        before.accept(texts);
        if (texts.stream().anyMatch(refuses)) {
            throw new TextRefusedException("The text is one that this model refuses.");
        }
        return real.embed(texts);
    }
}
