package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The settings of an {@link McpClient}.
 *
 * <p>Confined to its caller.
 */
public final class McpClientBuilder {

    private final @Nullable URI endpoint;
    private final @Nullable McpTransport transport;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private ObjectNode info = Json.object().put("name", "devmesh-client").put("version", version());
    private Duration timeout = Duration.ofSeconds(60);
    private int maxMessageBytes = 8 * 1024 * 1024;
    private int maxRounds = 10;
    private Optional<Function<FormQuestion, ElicitationAnswer>> form = Optional.empty();
    private Optional<Function<UrlQuestion, ElicitationAnswer>> url = Optional.empty();
    private Optional<Function<SamplingQuestion, SamplingAnswer>> sampling = Optional.empty();
    private Optional<List<Root>> roots = Optional.empty();

    McpClientBuilder(@Nullable URI endpoint, @Nullable McpTransport transport) {
        this.endpoint = endpoint;
        this.transport = transport;
    }

    private static String version() {
        String version = McpClientBuilder.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** One more header of every HTTP request. Those that the protocol itself sets cannot be changed. */
    public McpClientBuilder header(String name, String value) {
        if (transport != null) {
            throw new IllegalStateException("headers belong to the transport; set them there");
        }
        headers.put(name, value);
        return this;
    }

    /** The API key to show, as the header {@code X-API-Key}. */
    public McpClientBuilder apiKey(String key) {
        return header("X-API-Key", key);
    }

    /** The token to show, as {@code Authorization: Bearer}. */
    public McpClientBuilder bearer(String token) {
        return header("Authorization", "Bearer " + token);
    }

    /** What servers are told of the program; the default is this library's name and version. */
    public McpClientBuilder clientInfo(String name, String version) {
        info = Json.object().put("name", name).put("version", version);
        return this;
    }

    /**
     * How long the server may take for an answer; 60 s when not given. What handlers here take does not count.
     *
     * @param timeout positive
     */
    public McpClientBuilder timeout(Duration timeout) {
        this.timeout = positive(timeout);
        return this;
    }

    /**
     * The largest message that is taken; 8 MiB when not given.
     *
     * @param bytes positive
     */
    public McpClientBuilder maxMessageBytes(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("maxMessageBytes must be at least 1, is " + bytes);
        }
        maxMessageBytes = bytes;
        return this;
    }

    /**
     * How often a server may answer one request with questions; 10 times when not given.
     *
     * @param rounds positive
     */
    public McpClientBuilder maxRounds(int rounds) {
        if (rounds < 1) {
            throw new IllegalArgumentException("maxRounds must be at least 1, is " + rounds);
        }
        maxRounds = rounds;
        return this;
    }

    /** Fills in forms for servers that ask the user. Called on the thread that waits for the request's result. */
    public McpClientBuilder elicitation(Function<FormQuestion, ElicitationAnswer> handler) {
        form = Optional.of(handler);
        return this;
    }

    /** Opens pages for servers that send the user there. Called on the thread that waits for the request's result. */
    public McpClientBuilder urlElicitation(Function<UrlQuestion, ElicitationAnswer> handler) {
        url = Optional.of(handler);
        return this;
    }

    /** Asks a language model for servers. Called on the thread that waits for the request's result. */
    public McpClientBuilder sampling(Function<SamplingQuestion, SamplingAnswer> handler) {
        sampling = Optional.of(handler);
        return this;
    }

    /** The folders that servers are told of when they ask. */
    public McpClientBuilder roots(List<Root> folders) {
        roots = Optional.of(List.copyOf(folders));
        return this;
    }

    /**
     * The client. Nothing is sent yet.
     *
     * @throws IllegalArgumentException if the address is not http or https, or a header cannot be sent
     */
    public McpClient build() {
        McpTransport used = transport;
        if (used == null) {
            used = new HttpTransport(Objects.requireNonNull(endpoint), headers, maxMessageBytes);
        }
        return new McpClient(used, info, new ClientInputs(form, url, sampling, roots), timeout, maxRounds);
    }

    static Duration positive(Duration timeout) {
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("a timeout must be positive, is " + timeout);
        }
        return timeout;
    }
}
