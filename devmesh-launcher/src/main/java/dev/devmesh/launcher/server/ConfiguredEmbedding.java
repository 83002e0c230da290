package dev.devmesh.launcher.server;

import dev.devmesh.embedding.EmbeddingModel;
import dev.devmesh.embedding.HttpEmbeddingModel;
import dev.devmesh.launcher.config.Configuration;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.outbound.OutboundAllow;
import dev.devmesh.outbound.OutboundClient;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * The embedding model that the configuration asks for. Its owner closes it after the mesh that uses it.
 *
 * @param model what embeds
 * @param resources what it holds
 */
public record ConfiguredEmbedding(EmbeddingModel model, List<AutoCloseable> resources) implements AutoCloseable {

    /**
     * Makes it.
     *
     * @throws Failure if it is not on the class path
     */
    public static ConfiguredEmbedding of(Configuration configuration) {
        Configuration.Embedding embedding = configuration.embedding();
        return switch (embedding.provider()) {
            case LOCAL -> new ConfiguredEmbedding(EmbeddingModel.lexicalHash(embedding.dimensions()), List.of());
            case HTTP -> {
                URI url = embedding.url().orElseThrow();
                OutboundClient client = OutboundClient.builder()
                        .allow(OutboundAllow.of(allowed(configuration, url)))
                        .build();
                HttpEmbeddingModel model =
                        HttpEmbeddingModel.at(client, url, embedding.model(), embedding.dimensions());
                yield new ConfiguredEmbedding(
                        embedding.apiKey().isSet()
                                ? model.withKey(embedding.apiKey().reveal())
                                : model,
                        List.of(client));
            }
            case MINILM -> {
                EmbeddingModel model = ServiceLoader.load(EmbeddingModel.class)
                        .findFirst()
                        .orElseThrow(() -> new Failure(
                                ExitCode.USAGE,
                                "embedding.provider is minilm, and devmesh-embedding-minilm is not on the class path",
                                "java -cp 'devmesh.jar:minilm/*' dev.devmesh.launcher.Main serve"));
                yield new ConfiguredEmbedding(
                        model, model instanceof AutoCloseable resource ? List.of(resource) : List.of());
            }
        };
    }

    /** The address of the service is the operator's word: it need not be said again in outbound.allow. */
    private static List<String> allowed(Configuration configuration, URI url) {
        int standard = url.getScheme().equals("https") ? 443 : 80;
        List<String> allowed = new ArrayList<>(configuration.outboundAllow());
        allowed.add(url.getHost() + ":" + (url.getPort() < 0 ? standard : url.getPort()));
        return allowed;
    }

    @Override
    public void close() {
        for (AutoCloseable resource : resources) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IllegalStateException("the embedding model cannot be closed", e);
            }
        }
    }
}
