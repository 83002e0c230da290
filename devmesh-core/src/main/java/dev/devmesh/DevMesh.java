package dev.devmesh;

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
import dev.devmesh.store.Store;
import dev.devmesh.task.TaskWorker;
import dev.devmesh.task.Tasks;
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
    private final boolean anonymous;
    private final boolean blocking;
    private final Store store;
    private final boolean ownsStore;
    private final JobQueue queue;
    private final boolean ownsQueue;
    private final Contexts contexts;
    private final Embedder embedder;
    private final ApiKeys keys;
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
        this.anonymous = settings.store == null && settings.authenticator == null;
        List<MeshListener> listeners = new ArrayList<>(settings.listeners);
        if (!anonymous) { // where nobody is known there is no who
            listeners.add(auditWriter);
        }
        this.events = new MeshEvents(listeners);
        this.keys = ApiKeys.in(store, settings.clock);
        this.authenticator = authenticator(settings, keys);
        RateLimiter limiter = settings.rateLimiter == null ? new InMemoryRateLimiter() : settings.rateLimiter;
        this.blocking = authenticator.blocking() || limiter.blocking() || store.blocking();
        this.threads = new HandlerThreads(settings.limits.blockingCalls());
        this.contexts = contexts(settings, store).with(new Questions(settings.embedding, threads));
        this.embedder = new Embedder(store, settings.embedding, settings.clock, events::on);
        Map<String, HealthCheck> checks = new LinkedHashMap<>(settings.healthChecks);
        checks.putIfAbsent("embedding", embedder::health);
        this.healthChecks = checks;
        contexts.onAct(events::on);
        contexts.onErasure(receipt -> events.on(new MeshEvent.DataErased(receipt)));
        if (settings.contextTools) {
            check(problems, () -> tools.register(new ContextTools(contexts)));
            check(problems, () -> ContextResources.register(contexts, readable, settings.limits));
        }
        check(problems, () -> Outbound.check(settings));
        refuse(settings, problems);
        this.outbound = Outbound.of(settings);
        this.ownsQueue = settings.queue == null;
        this.queue = settings.queue == null
                ? new InMemoryJobQueue(InMemoryJobQueue.DEFAULT_CAPACITY, settings.clock)
                : settings.queue;
        this.jobs = new Jobs(store, queue);
        this.relay = new OutboxRelay(
                store, queue, settings.clock, OutboxRelay.DEFAULT_AGAIN_AFTER, OutboxRelay.DEFAULT_TICK);

        this.runner = new CallRunner(threads, events);
        Admission admission = new Admission(limiter, settings.rateLimits);
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
                threads,
                settings.limits,
                inFlight,
                settings.seals == null ? Seals.random() : settings.seals,
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
        this.cluster = Optional.ofNullable(settings.bus)
                .map(bus -> new ClusterLink(bus, changes, tasks, keys.revocations(), mcp, store));
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

    private static Authenticator authenticator(DevMeshBuilder settings, ApiKeys keys) {
        if (settings.authenticator == null) {
            return settings.store == null ? Authenticator.everyone(Principal.anonymous()) : keys.authenticator();
        }
        return settings.store == null ? settings.authenticator : settings.authenticator.or(keys.authenticator());
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
     * The principal behind the credentials.
     *
     * @throws MeshException with {@link ErrorCode#UNAUTHENTICATED} or one of the {@code KEY_} codes if there is none
     */
    public Principal authenticate(Credentials credentials) {
        return authenticator
                .authenticate(credentials)
                .orElseThrow(() -> new MeshException(
                        ErrorCode.UNAUTHENTICATED,
                        credentials.isEmpty() ? "This needs a credential." : "The credential is not known here.",
                        "Send an API key in the header X-API-Key, or a token as Authorization: Bearer."));
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
