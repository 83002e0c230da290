package dev.devmesh;

import dev.devmesh.access.AccessControl;
import dev.devmesh.audit.AuditLog;
import dev.devmesh.audit.AuditWriter;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.CallRunner;
import dev.devmesh.call.Caller;
import dev.devmesh.call.Execution;
import dev.devmesh.call.HandlerThreads;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.context.Contexts;
import dev.devmesh.embedding.Embedder;
import dev.devmesh.embedding.Questions;
import dev.devmesh.event.Changes;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.event.MeshListener;
import dev.devmesh.health.HealthCheck;
import dev.devmesh.health.HealthReport;
import dev.devmesh.inmemory.InMemoryJobQueue;
import dev.devmesh.inmemory.InMemoryRateLimiter;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.limit.Admission;
import dev.devmesh.limit.FailedAuthentications;
import dev.devmesh.limit.InFlight;
import dev.devmesh.limit.RateLimiter;
import dev.devmesh.mcp.McpEngine;
import dev.devmesh.mcp.ServerInfo;
import dev.devmesh.mcp.TaskForm;
import dev.devmesh.outbound.OutboundClient;
import dev.devmesh.prompt.PromptInvoker;
import dev.devmesh.prompt.PromptRegistry;
import dev.devmesh.prompt.PromptResult;
import dev.devmesh.provider.context.ContextResources;
import dev.devmesh.provider.context.ContextTools;
import dev.devmesh.queue.JobQueue;
import dev.devmesh.queue.Jobs;
import dev.devmesh.queue.OutboxRelay;
import dev.devmesh.queue.Worker;
import dev.devmesh.queue.WorkerBuilder;
import dev.devmesh.resource.ResourceInvoker;
import dev.devmesh.resource.ResourceRegistry;
import dev.devmesh.rest.RestApi;
import dev.devmesh.seal.Seals;
import dev.devmesh.store.ErasureScope;
import dev.devmesh.store.Store;
import dev.devmesh.task.TaskWorker;
import dev.devmesh.task.Tasks;
import dev.devmesh.token.ExternalIssuer;
import dev.devmesh.token.ExternalIssuers;
import dev.devmesh.token.Tokens;
import dev.devmesh.tool.ToolInvoker;
import dev.devmesh.tool.ToolRegistry;
import dev.devmesh.tool.ToolResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * A mesh: an application's tools for AI agents, with memory, identity and a queue.
 *
 * <p>Two phases: {@link DevMeshBuilder#build()} checks everything and opens nothing; {@link #start()} begins. Transports such as
 * {@code MeshServer} start the mesh they serve. Several meshes live in one JVM without knowing of each other.
 *
 * <p>Safe for use by many threads. Whoever starts a mesh closes it; the mesh closes what it made itself and nothing that it
 * was given.
 */
public final class DevMesh implements AutoCloseable {

    /** How long {@link #close()} waits for tools that run. */
    public static final Duration CLOSE_GRACE = Duration.ofSeconds(25);

    private enum Phase {
        BUILT,
        STARTED,
        CLOSED
    }

    private final String name;
    private final String version;
    private final String instance = UUID.randomUUID().toString().substring(0, 8);
    private final ToolRegistry tools;
    private final ResourceInvoker resources;
    private final PromptInvoker prompts;
    private final CallRunner runner;
    private final ToolInvoker invoker;
    private final HandlerThreads threads;
    private final Tasks tasks;
    private final TaskWorker taskWorker;
    private final McpEngine mcp;
    private final RestApi rest;
    private final Changes changes = new Changes();
    private final Authenticator authenticator;
    private final List<ExternalIssuer> issuers;
    private final Optional<FailedAuthentications> failures;
    private final boolean anonymous;
    private final boolean blocking;
    private final Store store;
    private final boolean ownsStore;
    private final JobQueue queue;
    private final boolean ownsQueue;
    private final Contexts contexts;
    private final Embedder embedder;
    private final ApiKeys keys;
    private final AccessControl access;
    private final Tokens tokens;
    private final AuditLog audit;
    private final AuditWriter auditWriter;
    private final Jobs jobs;
    private final OutboxRelay relay;
    private final Housekeeping housekeeping;
    private final Optional<ClusterLink> cluster;
    private final Outbound outbound;
    private final Map<String, HealthCheck> healthChecks;
    private final MeshEvents events;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.BUILT);
    private volatile long startedNanos;

    DevMesh(DevMeshBuilder settings) {
        List<String> problems = new ArrayList<>();
        check(problems, () -> new ServerInfo(settings.name, settings.version, settings.title, settings.instructions));
        this.tools = new ToolRegistry(settings.limits);
        settings.tools.forEach(tool -> check(problems, () -> tools.register(tool)));
        settings.providers.forEach(provider -> check(problems, () -> tools.register(provider)));
        ResourceRegistry readable = new ResourceRegistry(settings.limits);
        settings.resources.forEach(resource -> check(problems, () -> readable.register(resource)));
        settings.resourceTemplates.forEach(template -> check(problems, () -> readable.register(template)));
        PromptRegistry promptable = new PromptRegistry(settings.limits);
        settings.prompts.forEach(prompt -> check(problems, () -> promptable.register(prompt)));
        this.name = settings.name;
        this.version = settings.version;
        this.ownsStore = settings.store == null;
        this.store = settings.store == null ? InMemoryStore.create(settings.clock) : settings.store;
        MeshEvents heard = new MeshEvents(settings.listeners);
        this.audit = AuditLog.in(store);
        this.auditWriter = new AuditWriter(
                store, settings.clock, settings.auditCalls, acts -> heard.on(new MeshEvent.AuditLost(acts)));
        this.anonymous = settings.store == null && settings.authenticator == null && settings.issuers.isEmpty();
        List<MeshListener> listeners = new ArrayList<>(settings.listeners);
        if (!anonymous) { // where nobody is known there is no who
            listeners.add(auditWriter);
        }
        this.events = new MeshEvents(listeners);
        this.keys = ApiKeys.in(store, settings.clock);
        check(problems, () -> Outbound.check(settings));
        this.outbound = Outbound.of(settings);
        this.issuers = List.copyOf(settings.issuers);
        Optional<Authenticator> external = external(settings, store, outbound, problems);
        // In an anonymous mesh nobody can fail.
        this.failures = anonymous || settings.failedAuthentications == 0
                ? Optional.empty()
                : Optional.of(new FailedAuthentications(
                        new InMemoryRateLimiter(), settings.failedAuthentications, System::nanoTime, settings.clock));
        this.threads = new HandlerThreads(settings.limits.blockingCalls());
        this.contexts = contexts(settings, store).with(new Questions(settings.embedding, threads));
        this.embedder = new Embedder(store, settings.embedding, settings.clock, events::on);
        Map<String, HealthCheck> checks = new LinkedHashMap<>(settings.healthChecks);
        checks.putIfAbsent("embedding", embedder::health);
        this.healthChecks = checks;
        contexts.onAct(events::on);
        this.access = AccessControl.in(store, settings.clock, contexts, keys.revocations());
        contexts.onErasure(receipt -> {
            if (receipt.scope() instanceof ErasureScope.OfTenant) {
                keys.revocations().rightsChangedHere(receipt.tenant(), "");
            }
            events.on(new MeshEvent.DataErased(receipt));
        });
        if (settings.contextTools) {
            check(problems, () -> tools.register(new ContextTools(contexts)));
            check(problems, () -> ContextResources.register(contexts, readable, settings.limits));
        }
        problems.addAll(settings.tokens.problems());
        refuse(settings, problems);
        Seals seals = settings.seals == null ? Seals.random() : settings.seals;
        this.tokens = Tokens.in(store, settings.clock, keys, settings.tokens, seals);
        this.authenticator = authenticator(settings, keys.authenticator().or(tokens.authenticator()), external);
        RateLimiter limiter = settings.rateLimiter == null ? new InMemoryRateLimiter() : settings.rateLimiter;
        this.blocking = authenticator.blocking() || limiter.blocking() || store.blocking();
        this.ownsQueue = settings.queue == null;
        this.queue = settings.queue == null
                ? new InMemoryJobQueue(InMemoryJobQueue.DEFAULT_CAPACITY, settings.clock)
                : settings.queue;
        this.jobs = new Jobs(store, queue);
        this.relay = new OutboxRelay(
                store, queue, settings.clock, OutboxRelay.DEFAULT_AGAIN_AFTER, OutboxRelay.DEFAULT_TICK);

        this.runner = new CallRunner(threads, events);
        Admission admission = new Admission(limiter, settings.rateLimits, settings.clock);
        this.invoker = new ToolInvoker(tools, admission, settings.limits, runner);
        this.resources = new ResourceInvoker(readable, admission, settings.limits, runner);
        this.prompts = new PromptInvoker(promptable, admission, settings.limits, runner);
        this.tasks = new Tasks(store, invoker, settings.limits.tasks(), settings.clock);
        this.taskWorker = tasks.worker(tools, queue, threads, settings.limits.maxToolTimeout());
        InFlight inFlight = new InFlight(settings.limits.inFlightPerKey());
        this.mcp = new McpEngine(
                new ServerInfo(settings.name, settings.version, settings.title, settings.instructions),
                !anonymous,
                tools,
                invoker,
                resources,
                prompts,
                tasks,
                admission,
                threads,
                settings.limits,
                inFlight,
                seals,
                settings.sessionLife,
                store,
                settings.clock,
                events,
                changes);
        this.rest = RestApi.of(
                settings.name,
                settings.version,
                tools,
                invoker,
                contexts,
                keys,
                access,
                tokens,
                audit,
                store,
                admission,
                inFlight,
                settings.limits,
                settings.clock,
                events);
        this.housekeeping = new Housekeeping(store, settings.clock, settings.auditRetention, mcp::lookAfterSessions);
        tasks.onChange(task ->
                events.on(new MeshEvent.TaskChanged(task.id(), task.call().tool(), task.owner(), task.status())));
        tasks.onNews(task -> changes.taskChanged(task.id(), task::isOf, TaskForm.of(task)));
        keys.revocations().onRevoked(mcp::revoked);
        keys.revocations().onRightsChanged(mcp::rightsChanged);
        tools.onChange(count -> {
            events.on(new MeshEvent.ToolsChanged(count));
            changes.toolsChanged();
        });
        promptable.onChange(count -> changes.promptsChanged());
        readable.onChange(new ResourceRegistry.Listener() {
            @Override
            public void resourcesChanged() {
                changes.resourcesChanged();
            }

            @Override
            public void resourceUpdated(String uri, Optional<Tenant> tenant) {
                tenant.ifPresentOrElse(
                        owner -> changes.resourceUpdated(owner, uri), () -> changes.resourceUpdated(uri));
            }
        });
        this.cluster =
                Optional.ofNullable(settings.bus).map(bus -> new ClusterLink(bus, changes, tasks, keys, mcp, store));
    }

    private static void check(List<String> problems, Runnable step) {
        try {
            step.run();
        } catch (IllegalArgumentException | MeshException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
    }

    private static void refuse(DevMeshBuilder settings, List<String> problems) {
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.size() + (problems.size() == 1 ? " problem" : " problems")
                    + " in the mesh '" + settings.name + "':\n  " + String.join("\n  ", problems));
        }
    }

    private static Contexts contexts(DevMeshBuilder settings, Store store) {
        Contexts contexts = Contexts.in(store, settings.clock).with(settings.tokenCounter);
        return settings.summarizer == null ? contexts : contexts.with(settings.summarizer);
    }

    /** @param own recognises what the mesh itself gives out */
    private static Authenticator authenticator(
            DevMeshBuilder settings, Authenticator own, Optional<Authenticator> external) {
        return Stream.of(
                        Optional.ofNullable(settings.authenticator),
                        settings.store == null ? Optional.<Authenticator>empty() : Optional.of(own),
                        external)
                .flatMap(Optional::stream)
                .reduce(Authenticator::or)
                .orElseGet(() -> Authenticator.everyone(Principal.anonymous()));
    }

    private static Optional<Authenticator> external(
            DevMeshBuilder settings, Store store, Outbound outbound, List<String> problems) {
        if (settings.issuers.isEmpty()) {
            return Optional.empty();
        }
        try {
            outbound.client(); // opens nothing, and fails here rather than at the first token
            return Optional.of(new ExternalIssuers(
                    settings.issuers,
                    outbound::client,
                    (tenant, subject) -> store.system().standing(tenant, subject),
                    settings.clock));
        } catch (IllegalArgumentException | IllegalStateException e) {
            problems.add(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** Begins a mesh. */
    public static DevMeshBuilder builder() {
        return new DevMeshBuilder();
    }

    /** What the application is called. */
    public String name() {
        return name;
    }

    /** The application's version. */
    public String version() {
        return version;
    }

    /** The tools, which may come and go while the mesh runs. */
    public ToolRegistry tools() {
        return tools;
    }

    /** What can be read, which may come and go while the mesh runs. */
    public ResourceRegistry resources() {
        return resources.registry();
    }

    /** The prompts, which may come and go while the mesh runs. */
    public PromptRegistry prompts() {
        return prompts.registry();
    }

    /** The working memory of agents. */
    public Contexts contexts() {
        return contexts;
    }

    /** What embeds the items of contexts in the background. */
    public Embedder embedder() {
        return embedder;
    }

    /** API keys. */
    public ApiKeys keys() {
        return keys;
    }

    /** Tenants, users, roles, and who may run which tool. */
    public AccessControl access() {
        return access;
    }

    /** The mesh's own tokens, which API keys are exchanged for. */
    public Tokens tokens() {
        return tokens;
    }

    /** Who did what. */
    public AuditLog audit() {
        return audit;
    }

    /** Where it is told that something changed which clients may have read. */
    public Changes changes() {
        return changes;
    }

    /** Background work. */
    public Jobs jobs() {
        return jobs;
    }

    /** Calls of tools that outlive their request. */
    public Tasks tasks() {
        return tasks;
    }

    /**
     * What calls addresses that users name. The mesh's own client is made at the first use, from the list of
     * {@link DevMeshBuilder#outboundAllow}, and closed with the mesh.
     *
     * @throws IllegalStateException if Apache HttpClient 5 is not on the class path, or after {@link #close()}
     */
    public OutboundClient outbound() {
        return outbound.client();
    }

    /** Begins a worker of a queue. Whoever starts it closes it, before the mesh. */
    public WorkerBuilder worker(String queueName) {
        return Worker.on(queueName, store, queue).executor(threads);
    }

    /** Runs a tool on behalf of a principal, through the same checks as any call from outside. */
    public Execution<ToolResult> invoke(CallRequest request) {
        return invoker.invoke(request);
    }

    /**
     * Runs a tool on behalf of a principal and waits for the result.
     *
     * @throws MeshException if there is none
     */
    public ToolResult call(Principal principal, String tool, Map<String, ?> arguments) {
        return invoke(CallRequest.of(principal, tool, arguments)).join();
    }

    /**
     * Reads a resource on behalf of a principal and waits for it, through the same checks as any reading from outside.
     *
     * @throws MeshException if it cannot be read
     */
    public List<ResourceContents> read(Principal principal, String uri) {
        return resources.read(uri, Caller.of(principal)).join().contents();
    }

    /**
     * Uses a prompt on behalf of a principal and waits for it, through the same checks as any use from outside.
     *
     * @throws MeshException if there is no result
     */
    public PromptResult prompt(Principal principal, String prompt, Map<String, String> arguments) {
        return prompts.get(CallRequest.of(principal, prompt, arguments)).join();
    }

    /** The Model Context Protocol, for transports. */
    public McpEngine mcp() {
        return mcp;
    }

    /** The REST API, for transports. */
    public RestApi rest() {
        return rest;
    }

    /** Where it is told what happens, for transports. */
    public MeshEvents events() {
        return events;
    }

    /** Threads for work that may wait, for transports. They are the mesh's to close. */
    public HandlerThreads threads() {
        return threads;
    }

    /**
     * The principal behind the credentials. Wrong ones count against the address that they come from.
     *
     * @throws MeshException with a code of status 401 if there is none, {@link ErrorCode#TOO_MANY_FAILURES} if that was not even looked
     *     at (see {@link DevMeshBuilder#failedAuthentications}), or what else the authenticator says
     */
    public Principal authenticate(Credentials credentials) {
        if (failures.isEmpty()) {
            return authenticateAgain(credentials);
        }
        FailedAuthentications watched = failures.get();
        watched.require(credentials);
        try {
            Principal known = authenticateAgain(credentials);
            watched.succeeded(credentials);
            return known;
        } catch (MeshException refused) {
            if (refused.code().status() == 401) {
                watched.failed(credentials);
            }
            throw refused;
        }
    }

    /**
     * The principal behind credentials that were good, for whoever looks from time to time whether they still are. Whatever comes of it
     * is not held against anybody, and it is looked up whatever others did.
     *
     * @throws MeshException if there is none, as {@link #authenticate} does
     */
    public Principal authenticateAgain(Credentials credentials) {
        return authenticator
                .authenticate(credentials)
                .orElseThrow(() -> new MeshException(
                        ErrorCode.UNAUTHENTICATED,
                        credentials.isEmpty() ? "This needs a credential." : "The credential is not known here.",
                        "Send an API key in the header X-API-Key, or a token as Authorization: Bearer."));
    }

    /** Who else's tokens say who is calling, for transports. */
    public List<ExternalIssuer> issuers() {
        return issuers;
    }

    /** Whether nobody is asked for a credential. Such a mesh is served on loopback only. */
    public boolean isAnonymous() {
        return anonymous;
    }

    /** Whether {@link #authenticate} or the engine may wait for I/O before a tool runs. */
    public boolean isBlocking() {
        return blocking;
    }

    /** Whether the mesh takes work. */
    public boolean isReady() {
        return phase.get() == Phase.STARTED;
    }

    /** How the mesh stands. Runs every health check on the calling thread. */
    public HealthReport health() {
        Map<String, HealthCheck.Outcome> outcomes = new LinkedHashMap<>();
        boolean healthy = isReady();
        for (Map.Entry<String, HealthCheck> check : healthChecks.entrySet()) {
            HealthCheck.Outcome outcome = check.getValue().check();
            outcomes.put(check.getKey(), outcome);
            healthy &= outcome.healthy();
        }
        Duration uptime =
                phase.get() == Phase.BUILT ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - startedNanos);
        return new HealthReport(healthy, instance, version, uptime, outcomes);
    }

    /**
     * Begins background work. Does nothing if it has begun.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public void start() {
        if (phase.compareAndSet(Phase.BUILT, Phase.STARTED)) {
            startedNanos = System.nanoTime();
            cluster.ifPresent(ClusterLink::start);
            auditWriter.start();
            relay.start();
            housekeeping.start();
            taskWorker.start();
            embedder.start();
        } else if (phase.get() == Phase.CLOSED) {
            throw new IllegalStateException("The mesh '" + name + "' is closed; build another one.");
        }
    }

    /**
     * Takes no more work, ends what clients listen to, waits up to {@link #CLOSE_GRACE} for what runs, and ends. Does
     * nothing the second time.
     *
     * <p>Called by a handler, it would wait for itself; then it only begins, and another thread does the rest.
     */
    @Override
    public void close() {
        close(CLOSE_GRACE);
    }

    /**
     * The same with less patience.
     *
     * @param longest how long to wait for tools that run; zero interrupts them at once
     */
    public void close(Duration longest) {
        if (phase.getAndSet(Phase.CLOSED) == Phase.CLOSED) {
            return;
        }
        if (CallRunner.isInHandler()) {
            new Thread(() -> end(longest), "devmesh-close").start();
        } else {
            end(longest);
        }
    }

    private void end(Duration longest) {
        long began = System.nanoTime();
        mcp.close();
        housekeeping.close();
        taskWorker.close(longest);
        relay.close();
        embedder.close(left(longest, began));
        threads.close(left(longest, began));
        runner.close();
        rest.close();
        auditWriter.close();
        cluster.ifPresent(ClusterLink::close);
        outbound.close();
        if (ownsQueue) {
            queue.close();
        }
        if (ownsStore) {
            store.close();
        }
    }

    private static Duration left(Duration longest, long began) {
        Duration left = longest.minusNanos(System.nanoTime() - began);
        return left.isNegative() ? Duration.ZERO : left;
    }
}
