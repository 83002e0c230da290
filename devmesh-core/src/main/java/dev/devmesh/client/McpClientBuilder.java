package dev.devmesh.client;

import dev.devmesh.Limits;
import dev.devmesh.Revision;
import dev.devmesh.call.HandlerThreads;
import dev.devmesh.json.Json;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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
    private List<Revision> revisions = Revision.newestFirst();
    private Duration probe = Duration.ofSeconds(5);
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

    /** One more header of every HTTP request, or of the one that opens a WebSocket. Those of the protocol itself cannot be changed. */
    public McpClientBuilder header(String name, String value) {
        if (transport != null) {
            throw new IllegalStateException("only HTTP and WebSocket have headers; set what this transport has there");
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
     * The revisions of MCP that the client may speak; all that this library knows when not given. Which one it speaks is up to the
     * server: the newest of them that both know.
     *
     * @throws IllegalArgumentException if there is none
     */
    public McpClientBuilder revisions(Revision... allowed) {
        Set<Revision> all = Set.copyOf(List.of(allowed));
        if (all.isEmpty()) {
            throw new IllegalArgumentException("a client must be allowed at least one revision");
        }
        revisions = Revision.newestFirst().stream().filter(all::contains).toList();
        return this;
    }

    /**
     * How long a server by WebSocket or in a process may be silent when it is asked whether it is of the stateless revision; 5 s when
     * not given. After that it is taken for one of an older revision.
     *
     * @param probe positive
     */
    public McpClientBuilder probeTimeout(Duration probe) {
        this.probe = positive(probe);
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

    /**
     * Fills in forms for servers that ask the user. Called on the thread that waits for the request's result, or in a session on a
     * thread of the client, which is interrupted when the server does not want the answer any more.
     */
    public McpClientBuilder elicitation(Function<FormQuestion, ElicitationAnswer> handler) {
        form = Optional.of(handler);
        return this;
    }

    /** Opens pages for servers that send the user there. Called as {@link #elicitation} says. */
    public McpClientBuilder urlElicitation(Function<UrlQuestion, ElicitationAnswer> handler) {
        url = Optional.of(handler);
        return this;
    }

    /** Asks a language model for servers. Called as {@link #elicitation} says. */
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
     * The client. Nothing is sent yet, no connection made and no process started.
     *
     * @throws IllegalArgumentException if the address is none of http, https, ws and wss, or a header cannot be sent
     */
    public McpClient build() {
        ClientInputs inputs = new ClientInputs(form, url, sampling, roots);
        Profile profile = new Profile(info, inputs, revisions, timeout, probe, maxMessageBytes);
        HandlerThreads threads = new HandlerThreads(Limits.defaults().blockingCalls());
        return new McpClient(connector(profile, threads), profile, threads, maxRounds);
    }

    private Connector connector(Profile profile, HandlerThreads threads) {
        McpTransport used = transport;
        if (used != null) {
            return new DuplexConnector(used, profile, threads);
        }
        URI address = Objects.requireNonNull(endpoint);
        String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
        if (scheme.equals("ws") || scheme.equals("wss")) {
            return new DuplexConnector(new WebSocketTransport(address, headers), profile, threads);
        }
        return new HttpConnector(new HttpEndpoint(address, headers, maxMessageBytes), profile, threads);
    }

    static Duration positive(Duration timeout) {
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("a timeout must be positive, is " + timeout);
        }
        return timeout;
    }
}
