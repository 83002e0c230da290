package dev.devmesh.minilm;

import dev.devmesh.embedding.EmbeddingModel;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * all-MiniLM-L6-v2, quantized, in this process: 384 dimensions, some milliseconds for a short text, no network. It knows what English texts
 * mean; of other languages it knows little. Of a text longer than {@value #CHARACTERS} characters it reads the beginning.
 *
 * <p>The first model of a process takes about a second to load, and about 100 MB outside of the heap, which the process keeps.
 *
 * <p>Safe for use by many threads. Whoever makes one closes it, after the mesh that uses it: {@code
 * DevMesh.builder().embedding(model)}.
 */
public final class MiniLmModel implements EmbeddingModel, AutoCloseable {

    /** How much of a text it reads. */
    public static final int CHARACTERS = 16_384;

    private static final int DIMENSIONS = 384;
    private static final int BATCH = 32;

    private final ExecutorService threads;
    private final AllMiniLmL6V2QuantizedEmbeddingModel model;

    /** A model that computes on as many threads as there are processors, two at most. */
    public MiniLmModel() {
        AtomicInteger number = new AtomicInteger();
        threads = Executors.newFixedThreadPool(Math.min(2, Runtime.getRuntime().availableProcessors()), work -> {
            Thread thread = new Thread(work, "devmesh-minilm-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        model = new AllMiniLmL6V2QuantizedEmbeddingModel(threads);
    }

    @Override
    public String name() {
        return "all-minilm-l6-v2-q";
    }

    @Override
    public int dimensions() {
        return DIMENSIONS;
    }

    @Override
    public int maxBatch() {
        return BATCH;
    }

    /** Between English texts that have nothing in common the cosine is mostly below this. */
    @Override
    public double leastSimilarity() {
        return 0.15;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        List<TextSegment> segments = texts.stream()
                .map(MiniLmModel::beginning)
                .map(TextSegment::from)
                .toList();
        return model.embedAll(segments).content().stream()
                .map(Embedding::vector)
                .toList();
    }

    private static String beginning(String text) {
        return text.length() <= CHARACTERS ? text : text.substring(0, CHARACTERS);
    }

    /** Ends its threads. Calling it again has no effect; {@link #embed} fails afterwards. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
