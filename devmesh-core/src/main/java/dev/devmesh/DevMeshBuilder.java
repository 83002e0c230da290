package dev.devmesh;

import dev.devmesh.auth.Authenticator;
import dev.devmesh.cluster.ClusterBus;
import dev.devmesh.context.Summarizer;
import dev.devmesh.context.TokenCounter;
import dev.devmesh.embedding.EmbeddingModel;
import dev.devmesh.event.MeshListener;
import dev.devmesh.health.HealthCheck;
import dev.devmesh.limit.RateLimiter;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.outbound.OutboundAllow;
import dev.devmesh.outbound.OutboundClient;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.queue.JobQueue;
import dev.devmesh.resource.Resource;
import dev.devmesh.resource.ResourceReader;
import dev.devmesh.resource.ResourceTemplate;
import dev.devmesh.seal.Seals;
import dev.devmesh.store.Store;
import dev.devmesh.token.ExternalIssuer;
import dev.devmesh.token.TokenSettings;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolProvider;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts a mesh together; {@link #build()} ends it. Everything has a default: an empty builder makes a mesh without tools that
 * lives in memory and serves anonymous callers.
 *
 * <p>Confined to its caller.
 */
public final class DevMeshBuilder {

    String name = "devmesh";
    String version = Optional.ofNullable(DevMesh.class.getPackage().getImplementationVersion())
            .orElse("development");
    String title = "";
    String instructions = "";
    Limits limits = Limits.defaults();
    RateLimits rateLimits = RateLimits.none();
    int failedAuthentications = 10;
    Clock clock = Clock.systemUTC();

    TokenCounter tokenCounter = TokenCounter.approximate();

    @Nullable
    Summarizer summarizer;

    @Nullable
    Store store;

    @Nullable
    JobQueue queue;

    @Nullable
    RateLimiter rateLimiter;

    @Nullable
    ClusterBus bus;

    @Nullable
    Authenticator authenticator;

    @Nullable
    Seals seals;

    TokenSettings tokens = TokenSettings.defaults();

    EmbeddingModel embedding = EmbeddingModel.lexicalHash(384);

    @Nullable
    OutboundClient outbound;

    @Nullable
    OutboundAllow outboundAllow;

    Duration sessionLife = Duration.ofHours(24);

    Duration auditRetention = Duration.ofDays(90);

    boolean auditCalls = true;

    boolean contextTools;
    final List<Tool> tools = new ArrayList<>();
    final List<ToolProvider> providers = new ArrayList<>();
    final List<Resource> resources = new ArrayList<>();
    final List<ResourceTemplate> resourceTemplates = new ArrayList<>();
    final List<Prompt> prompts = new ArrayList<>();
    final List<MeshListener> listeners = new ArrayList<>();
    final List<ExternalIssuer> issuers = new ArrayList<>();
    final Map<String, HealthCheck> healthChecks = new LinkedHashMap<>();

    DevMeshBuilder() {}

    /** What clients are told that the application is called; {@code devmesh} by default. */
    public DevMeshBuilder name(String text) {
        name = Objects.requireNonNull(text, "name");
        return this;
    }

    /** What clients are told of the application's version. */
    public DevMeshBuilder version(String text) {
        version = Objects.requireNonNull(text, "version");
        return this;
    }

    /** What people are told that the application is called. */
    public DevMeshBuilder title(String text) {
        title = Objects.requireNonNull(text, "title");
        return this;
    }

    /** How a language model best uses the tools. */
    public DevMeshBuilder instructions(String text) {
        instructions = Objects.requireNonNull(text, "instructions");
        return this;
    }

    /** Adds a tool. */
    public DevMeshBuilder tool(Tool tool) {
        tools.add(Objects.requireNonNull(tool, "tool"));
        return this;
    }

    /** Adds the tools of a provider, under its namespace. */
    public DevMeshBuilder provider(ToolProvider provider) {
        providers.add(Objects.requireNonNull(provider, "provider"));
        return this;
    }

    /** Adds something that agents can read. */
    public DevMeshBuilder resource(Resource resource) {
        resources.add(Objects.requireNonNull(resource, "resource"));
        return this;
    }

    /** Adds many things that agents can read, whose addresses differ in parts. */
    public DevMeshBuilder resourceTemplate(ResourceTemplate template) {
        resourceTemplates.add(Objects.requireNonNull(template, "template"));
        return this;
    }

    /** Adds a resource template in one line. */
    public DevMeshBuilder resourceTemplate(String template, ResourceReader.OfTemplate reader) {
        return resourceTemplate(ResourceTemplate.at(template).read(reader));
    }

    /** Adds something that people can begin a conversation with. */
    public DevMeshBuilder prompt(Prompt prompt) {
        prompts.add(Objects.requireNonNull(prompt, "prompt"));
        return this;
    }

    /**
     * Adds the operations on contexts as tools: {@code context_create}, {@code context_append} and so on; and contexts as
     * resources: {@code devmesh://contexts/{id}}.
     */
    public DevMeshBuilder contextTools() {
        contextTools = true;
        return this;
    }

    /** What says how many tokens the items of contexts have; {@link TokenCounter#approximate()} by default. */
    public DevMeshBuilder tokenCounter(TokenCounter counter) {
        tokenCounter = Objects.requireNonNull(counter, "tokenCounter");
        return this;
    }

    /** What compacts contexts; {@link Summarizer#extractive}, which needs no model, by default. */
    public DevMeshBuilder summarizer(Summarizer maker) {
        summarizer = Objects.requireNonNull(maker, "summarizer");
        return this;
    }

    /**
     * Where the mesh keeps contexts, keys and jobs; in memory by default. The mesh does not close it. Callers must show an
     * API key of the store, a token that one was exchanged for, or a credential that the {@link #authenticator} knows.
     */
    public DevMeshBuilder store(Store durable) {
        store = Objects.requireNonNull(durable, "store");
        return this;
    }

    /**
     * What finds items of contexts by their meaning; {@link EmbeddingModel#lexicalHash} of 384 dimensions when not given, which knows similar
     * spelling only. The mesh does not close it. After a change of model {@link dev.devmesh.embedding.Embedder#embedAgain} embeds what
     * there is.
     */
    public DevMeshBuilder embedding(EmbeddingModel model) {
        embedding = Objects.requireNonNull(model, "embedding");
        return this;
    }

    /** What carries jobs to workers; in memory by default. The mesh does not close it. */
    public DevMeshBuilder queue(JobQueue durable) {
        queue = Objects.requireNonNull(durable, "queue");
        return this;
    }

    /**
     * What joins this mesh and others on the same {@link #store} to a cluster: changes reach clients on every node, keys that are
     * revoked and sessions that end are closed everywhere at once. None by default. The mesh does not close it.
     */
    public DevMeshBuilder bus(ClusterBus cluster) {
        bus = Objects.requireNonNull(cluster, "bus");
        return this;
    }

    /** Who is calling. Asked before the API keys of the {@link #store}; several can be chained by {@code or}. */
    public DevMeshBuilder authenticator(Authenticator scheme) {
        authenticator = Objects.requireNonNull(scheme, "authenticator");
        return this;
    }

    /**
     * One more authorization server, or the like, whose tokens say who is calling. Its keys are fetched by {@link DevMesh#outbound()}, so a
     * private address of it must be in {@link #outboundAllow}. Such a mesh never serves anonymous callers.
     */
    public DevMeshBuilder issuer(ExternalIssuer trusted) {
        issuers.add(Objects.requireNonNull(trusted, "trusted"));
        return this;
    }

    /**
     * How long the session of an MCP client over HTTP lasts, whatever it does; 24 hours when not given. The client then begins
     * another one.
     *
     * @param life 1 minute to 30 days
     */
    public DevMeshBuilder sessionTtl(Duration life) {
        if (life.compareTo(Duration.ofMinutes(1)) < 0 || life.compareTo(Duration.ofDays(30)) > 0) {
            throw new IllegalArgumentException("a session lasts 1 minute to 30 days, not " + life);
        }
        sessionLife = life;
        return this;
    }

    /**
     * How long the audit log is kept; 90 days when not given. In memory the oldest entries also make room for new ones.
     *
     * @param time 1 day to 36,500 days
     */
    public DevMeshBuilder auditRetention(Duration time) {
        if (time.compareTo(Duration.ofDays(1)) < 0 || time.compareTo(Duration.ofDays(36_500)) > 0) {
            throw new IllegalArgumentException("the audit log is kept for 1 to 36,500 days, not " + time);
        }
        auditRetention = time;
        return this;
    }

    /**
     * Whether the audit log has every call of a tool; true when not given. Otherwise it has only those that failed or were denied, which
     * is less to write where tools are called many thousand times a second. A mesh that serves anonymous callers has neither.
     */
    public DevMeshBuilder auditCalls(boolean all) {
        auditCalls = all;
        return this;
    }

    /**
     * The secret that seals what travels through clients, such as the state of a call that asks a question: at least 32
     * characters, the same on every node that clients may reach. Random by default, which is right for one process only.
     *
     * @throws IllegalArgumentException if it is too short
     */
    public DevMeshBuilder sessionSecret(String secret) {
        seals = Seals.of(secret);
        return this;
    }

    /**
     * How the tokens are made that API keys are exchanged for, see {@link DevMesh#tokens()}; {@link TokenSettings#defaults()} when
     * not given, with a key derived from the {@link #sessionSecret}, so that tokens do not outlive a process whose secret is random.
     */
    public DevMeshBuilder tokens(TokenSettings settings) {
        tokens = Objects.requireNonNull(settings, "tokens");
        return this;
    }

    /** How much each plan may do; nobody is limited by default. */
    public DevMeshBuilder rateLimits(RateLimits plans) {
        rateLimits = Objects.requireNonNull(plans, "rateLimits");
        return this;
    }

    /**
     * How many wrong credentials a minute are looked up of one address, 10 when not given; further ones are refused with {@link
     * ErrorCode#TOO_MANY_FAILURES}. Counted by each process for itself.
     *
     * @param perMinute 1 to 1,000,000, or 0 for any number
     */
    public DevMeshBuilder failedAuthentications(int perMinute) {
        if (perMinute < 0 || perMinute > 1_000_000) {
            throw new IllegalArgumentException("failedAuthentications must be 0 to 1,000,000, is " + perMinute);
        }
        failedAuthentications = perMinute;
        return this;
    }

    /** What counts the callers' requests; in memory by default. The mesh does not close it. */
    public DevMeshBuilder rateLimiter(RateLimiter limiter) {
        rateLimiter = Objects.requireNonNull(limiter, "rateLimiter");
        return this;
    }

    /**
     * What calls addresses that users name, see {@link DevMesh#outbound()}; one of the mesh's own when not given. The mesh does not close
     * it. It has a list of its own of what it may call, so {@link #outboundAllow} cannot be given with it.
     */
    public DevMeshBuilder outbound(OutboundClient client) {
        outbound = Objects.requireNonNull(client, "client");
        return this;
    }

    /** What the mesh's own client may call of what is not public; nothing by default. */
    public DevMeshBuilder outboundAllow(OutboundAllow list) {
        outboundAllow = Objects.requireNonNull(list, "list");
        return this;
    }

    /** The numbers that keep the mesh within bounds. */
    public DevMeshBuilder limits(Limits numbers) {
        limits = Objects.requireNonNull(numbers, "limits");
        return this;
    }

    /** Hears what happens: for metrics, traces and audit. */
    public DevMeshBuilder listener(MeshListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /** Something that must be in order for the mesh to do its work. */
    public DevMeshBuilder healthCheck(String called, HealthCheck check) {
        healthChecks.put(called, Objects.requireNonNull(check, "check"));
        return this;
    }

    /** What time it is, for everything that is stored; the system's by default. */
    public DevMeshBuilder clock(Clock source) {
        clock = Objects.requireNonNull(source, "clock");
        return this;
    }

    /**
     * Checks everything and makes the mesh. Opens nothing: no thread, file or socket.
     *
     * @throws IllegalArgumentException listing ALL problems
     */
    public DevMesh build() {
        return new DevMesh(this);
    }
}
