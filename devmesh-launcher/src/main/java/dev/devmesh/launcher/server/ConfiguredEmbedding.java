package dev.devmesh.launcher.server;

import dev.devmesh.embedding.EmbeddingModel;
import dev.devmesh.embedding.HttpEmbeddingModel;
import dev.devmesh.launcher.config.Configuration;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import java.util.ServiceLoader;

/** The embedding model that the configuration asks for. */
final class ConfiguredEmbedding {

    private ConfiguredEmbedding() {}

    /**
     * The model. Whoever asks for it closes it if it can be closed.
     *
     * @throws Failure if it is not on the class path
     */
    static EmbeddingModel of(Configuration.Embedding embedding) {
        return switch (embedding.provider()) {
            case LOCAL -> EmbeddingModel.lexicalHash(embedding.dimensions());
            case HTTP -> {
                HttpEmbeddingModel model =
                        HttpEmbeddingModel.at(embedding.url().orElseThrow(), embedding.model(), embedding.dimensions());
                yield embedding.apiKey().isSet()
                        ? model.withKey(embedding.apiKey().reveal())
                        : model;
            }
            case MINILM ->
                ServiceLoader.load(EmbeddingModel.class)
                        .findFirst()
                        .orElseThrow(() -> new Failure(
                                ExitCode.USAGE,
                                "embedding.provider is minilm, and devmesh-embedding-minilm is not on the class path",
                                "java -cp 'devmesh.jar:minilm/*' dev.devmesh.launcher.Main serve"));
        };
    }
}
