package dev.devmesh.embedding;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.json.Json;
import dev.devmesh.json.MalformedJson;
import dev.devmesh.outbound.OutboundClient;
import dev.devmesh.outbound.OutboundRequest;
import dev.devmesh.outbound.OutboundResponse;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model behind an HTTP endpoint of the form that OpenAI gave it, which many servers understand: {@code POST …/v1/embeddings} with {@code model}
 * and {@code input}. Local servers work as well as services.
 *
 * <p>A status of 400, 413 or 422 means that a text is refused; 408, 425, 429 and those from 500 on that the service does not answer now, and
 * {@code Retry-After} is honoured; every other one that it is set up wrongly. Neither the key nor what the service says about a failure
 * is ever shown or logged.
 *
 * <p>Safe for use by many threads.
 */
public final class HttpEmbeddingModel implements EmbeddingModel {

    /** How long one call may take. */
    public static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static final int BATCH = 64;
    private static final long MOST_SECONDS = 3_600;
    private static final int MOST_DIMENSIONS = 16_000;

    private final OutboundClient client;
    private final URI endpoint;
    private final String model;
    private final int dimensions;
    private final boolean asksForDimensions;
    private final String key;

    private HttpEmbeddingModel(
            OutboundClient client, URI endpoint, String model, int dimensions, boolean asksForDimensions, String key) {
        this.client = client;
        this.endpoint = endpoint;
        this.model = model;
        this.dimensions = dimensions;
        this.asksForDimensions = asksForDimensions;
        this.key = key;
    }

    /**
     * A model that needs no key and is not told how many dimensions to give.
     *
     * @param client what calls it; not closed here. A service on a private address or without TLS has to be in its list
     * @param endpoint for example {@code https://api.example.com/v1/embeddings}
     * @param model how the service calls the model: 1 to 150 printable characters of ASCII
     * @param dimensions how many numbers its vectors have: 1 to 16,000
     * @throws IllegalArgumentException if one of them cannot be
     */
    public static HttpEmbeddingModel at(OutboundClient client, URI endpoint, String model, int dimensions) {
        String scheme = endpoint.getScheme();
        if (endpoint.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
            throw new IllegalArgumentException(
                    "an embedding service has an address such as https://host/v1/embeddings, not " + endpoint);
        }
        if (endpoint.getRawUserInfo() != null) {
            throw new IllegalArgumentException("the address of an embedding service holds no user; use withKey");
        }
        if (model.isEmpty() || model.length() > 150 || !model.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw new IllegalArgumentException(
                    "the name of an embedding model has 1 to 150 printable characters of ASCII, without spaces");
        }
        if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
            throw new IllegalArgumentException(
                    "an embedding model has 1 to " + MOST_DIMENSIONS + " dimensions, not " + dimensions);
        }
        return new HttpEmbeddingModel(Objects.requireNonNull(client, "client"), endpoint, model, dimensions, false, "");
    }

    /** This model, called with a key: {@code Authorization: Bearer …}. Over plain HTTP the key is readable on its way. */
    public HttpEmbeddingModel withKey(String secret) {
        Objects.requireNonNull(secret, "secret");
        if (!secret.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw new IllegalArgumentException(
                    "the key of an embedding service has printable characters of ASCII only");
        }
        return new HttpEmbeddingModel(client, endpoint, model, dimensions, asksForDimensions, secret);
    }

    /** This model, asked to shorten its vectors to the dimensions given: for models that can, and only for them. */
    public HttpEmbeddingModel shortened() {
        return new HttpEmbeddingModel(client, endpoint, model, dimensions, true, key);
    }

    /** The service's name of the model, and the dimensions if it is asked to shorten its vectors. */
    @Override
    public String name() {
        return asksForDimensions ? model + "@" + dimensions : model;
    }

    @Override
    public int dimensions() {
        return dimensions;
    }

    @Override
    public int maxBatch() {
        return BATCH;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        ObjectNode question = Json.object().put("model", model).put("encoding_format", "float");
        ArrayNode input = question.putArray("input");
        texts.forEach(input::add);
        if (asksForDimensions) {
            question.put("dimensions", dimensions);
        }
        OutboundResponse answer = post(Json.bytes(question), mostBytes(texts.size()));
        int status = answer.status();
        if (status == 200) {
            return vectors(answer.bytes(), texts.size());
        }
        if (status == 400 || status == 413 || status == 422) {
            throw new TextRefusedException("The embedding service refused it with status " + status + ".");
        }
        if (status == 408 || status == 425 || status == 429 || status >= 500) {
            throw unavailable("It answered with status " + status + ".", "", retryAfter(answer), null);
        }
        throw unavailable(
                "It answered with status " + status + ".",
                status == 401 || status == 403
                        ? "Check the key of the embedding service."
                        : "Check the address of the embedding service and the name of its model.",
                null,
                null);
    }

    private OutboundResponse post(byte[] question, long mostBytes) {
        OutboundRequest request = OutboundRequest.post(endpoint.toString(), "application/json", question)
                .header("Accept", "application/json")
                .within(TIMEOUT)
                .maxBytes(mostBytes)
                .withoutRedirects();
        try {
            return client.send(key.isEmpty() ? request : request.secretHeader("Authorization", "Bearer " + key));
        } catch (MeshException failed) {
            String fix = failed.code() == ErrorCode.ADDRESS_REFUSED ? failed.fix() : "";
            throw unavailable("It cannot be called: " + failed.code() + ".", fix, null, failed);
        }
    }

    /** The form with a date is not read: the caller then waits as it would without. */
    private static @Nullable Duration retryAfter(OutboundResponse answer) {
        String value = answer.header("Retry-After").orElse("");
        return value.matches("[0-9]{1,9}") ? Duration.ofSeconds(Math.min(MOST_SECONDS, Long.parseLong(value))) : null;
    }

    /** A number takes no more than 25 characters, and what is around them is little. */
    private long mostBytes(int texts) {
        return 65_536L + (long) texts * (dimensions * 32L + 1_024);
    }

    private List<float[]> vectors(byte[] body, int expected) {
        float[][] vectors = new float[expected][];
        try {
            JsonNode data = Json.parse(body).path("data");
            for (int i = 0; i < data.size(); i++) {
                int index = data.get(i).path("index").asInt(i);
                if (index < 0 || index >= expected || vectors[index] != null) {
                    throw unusable(null);
                }
                vectors[index] = vector(data.get(i).path("embedding"));
            }
        } catch (MalformedJson notJson) {
            throw unusable(notJson);
        }
        if (Arrays.asList(vectors).contains(null)) {
            throw unusable(null);
        }
        return List.of(vectors);
    }

    private float[] vector(JsonNode numbers) {
        if (!numbers.isArray()) {
            throw unusable(null);
        }
        float[] vector = new float[numbers.size()];
        for (int i = 0; i < vector.length; i++) {
            if (!numbers.get(i).isNumber()) {
                throw unusable(null);
            }
            vector[i] = numbers.get(i).floatValue();
        }
        return vector;
    }

    private EmbeddingUnavailableException unusable(@Nullable Throwable cause) {
        return unavailable(
                "Its answer is not one that an embedding service gives.",
                "Check the address of the embedding service.",
                null,
                cause);
    }

    private EmbeddingUnavailableException unavailable(
            String what, String fix, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        return new EmbeddingUnavailableException(
                "The embedding model '" + model + "' does not answer. " + what, fix, retryAfter, cause);
    }

    /** Model and host; not the key. */
    @Override
    public String toString() {
        return name() + " at " + endpoint.getHost();
    }
}
