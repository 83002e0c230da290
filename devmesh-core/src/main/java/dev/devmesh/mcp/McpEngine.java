package dev.devmesh.mcp;

import static java.util.Map.entry;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Revocations;
import dev.devmesh.auth.Tenant;
import dev.devmesh.cluster.ClusterMessage;
import dev.devmesh.event.Changes;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.json.MalformedJson;
import dev.devmesh.limit.Admission;
import dev.devmesh.limit.InFlight;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.prompt.PromptInvoker;
import dev.devmesh.resource.Resource;
import dev.devmesh.resource.ResourceInvoker;
import dev.devmesh.resource.ResourceRegistry;
import dev.devmesh.resource.ResourceTemplate;
import dev.devmesh.seal.Seals;
import dev.devmesh.store.Store;
import dev.devmesh.task.Tasks;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolInvoker;
import dev.devmesh.tool.ToolRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Model Context Protocol without sockets.
 *
 * <p>Two kinds of revisions are served side by side. In the stateless one (2026-07-28) every request is served from its own content: it
 * names its revision and what its client can do, and nothing is remembered of earlier ones. A message passes the checks in the
 * order of the specification ("Streamable HTTP", "Standard headers"): JSON, JSON-RPC, version header, {@code _meta}, header
 * against body, version, method. Each method then checks its own parameters and headers. In the others a client has a
 * {@link Session}. Both run the same methods, and {@code Reply} words what they answer in the revision of the request.
 *
 * <p>Safe for use by many threads; {@link #handle} never waits unless an authenticator, limiter, store or tool does that says it may.
 */
public final class McpEngine implements AutoCloseable {

    /** The revisions served, the newest first. */
    static final List<String> REVISIONS =
            Revision.newestFirst().stream().map(Revision::date).toList();

    private static final String STATELESS = Revision.V2026_07_28.date();

    private static final Logger LOG = LoggerFactory.getLogger(McpEngine.class);

    private final MeshEvents events;
    private final InFlight inFlight;
    private final ServerFace face;
    private final Set<Feature> features = new ConcurrentSkipListSet<>(EnumSet.allOf(Feature.class));
    private final Subscriptions subscriptions;
    private final ServerInfo info;
    private final Sessions sessions;
    private final SessionServing serving;
    private final CarriedAnswers carried;
    private final Elsewhere elsewhere = new Elsewhere();
    private final Toll toll;

    /** Of the stateless revision. */
    private final Map<String, McpMethod> methods;

    /** Of the others. */
    private final Map<String, McpMethod> sessionMethods;

    /**
     * @param info what clients are told of the server
     * @param perCaller whether what a caller may see depends on who it is
     * @param admission charges each request at the door
     * @param threads for methods that use the store
     * @param inFlight counts the requests of each credential, whatever they come by
     * @param sessionLife how long a session over HTTP lasts
     * @param store keeps what sessions ask to have remembered
     * @param changes what clients may listen to
     */
    public McpEngine(
            ServerInfo info,
            boolean perCaller,
            ToolRegistry registry,
            ToolInvoker invoker,
            ResourceInvoker resources,
            PromptInvoker prompts,
            Tasks tasks,
            Admission admission,
            Executor threads,
            Limits limits,
            InFlight inFlight,
            Seals seals,
            Duration sessionLife,
            Store store,
            InstantSource clock,
            MeshEvents events,
            Changes changes) {
        this.events = events;
        this.info = info;
        this.sessions = new Sessions(
                seals.forPurpose("session"),
                sessionLife,
                new SessionNotebook(store, clock, elsewhere),
                new ReplayBudget(ReplayBudget.MOST_BYTES),
                clock);
        this.carried = new CarriedAnswers(sessions, seals.forPurpose("answer"), elsewhere);
        this.serving = new SessionServing(this, sessions, carried);
        this.inFlight = inFlight;
        this.face = new ServerFace(info, perCaller);
        int pageSize = limits.pageSize();
        Listing<Tool> toolList = new Listing<>(new ToolSource(registry), pageSize);
        Listing<Resource> resourceList = new Listing<>(new ResourceSource(resources.registry()), pageSize);
        Listing<ResourceTemplate> templateList = new Listing<>(new TemplateSource(resources.registry()), pageSize);
        Listing<Prompt> promptList = new Listing<>(new PromptSource(prompts.registry()), pageSize);
        Rounds rounds = new Rounds(seals.forPurpose("requestState"), clock);
        this.toll = new Toll(admission, invoker, rounds);
        CallServing calls = new CallServing(rounds);
        this.subscriptions = new Subscriptions(limits.subscriptionsPerKey(), audience(resources.registry()), events);
        changes.onChange(subscriptions);
        Map<String, McpMethod> common = Map.of(
                "tools/list",
                toolList,
                "tools/call",
                new ToolCalling(registry, invoker, toolList, calls, tasks),
                "resources/list",
                resourceList,
                "resources/templates/list",
                templateList,
                "resources/read",
                new ResourceReading(resources, resourceList, templateList, calls),
                "prompts/list",
                promptList,
                "prompts/get",
                new PromptGetting(prompts, promptList, calls),
                "completion/complete",
                new Completing(prompts, resources));
        this.methods = joined(
                common,
                entry("server/discover", new Discovery(info, features)),
                entry("tasks/get", TaskMethod.get(tasks, threads)),
                entry("tasks/update", TaskMethod.update(tasks, threads)),
                entry("tasks/cancel", TaskMethod.cancel(tasks, threads)),
                entry("subscriptions/listen", new Listening(features, subscriptions, limits.namesPerSubscription())));
        this.sessionMethods = joined(
                common,
                entry("ping", SessionMethod.ping()),
                entry("logging/setLevel", SessionMethod.setLevel()),
                entry("resources/subscribe", SessionMethod.subscribe(resources)),
                entry("resources/unsubscribe", SessionMethod.unsubscribe()));
    }

    @SafeVarargs
    private static Map<String, McpMethod> joined(Map<String, McpMethod> some, Map.Entry<String, McpMethod>... more) {
        Map<String, McpMethod> all = new HashMap<>(some);
        for (Map.Entry<String, McpMethod> one : more) {
            all.put(one.getKey(), one.getValue());
        }
        return Map.copyOf(all);
    }

    /**
     * Handles one message: answers it through the exchange, at once or later, from this or another thread.
     *
     * @param body holds the message as UTF-8 JSON; not kept after this method returns
     * @return the way to give the message up
     */
    public McpCall handle(byte[] body, int offset, int length, McpExchange exchange) {
        JsonNode id = null;
        try {
            JsonNode parsed = understood(exchange, () -> parse(body, offset, length));
            Message message = parsed instanceof ArrayNode ? null : understood(exchange, () -> Message.of(parsed));
            Message.Request request = message instanceof Message.Request one ? one : null;
            HeaderMirror headers = exchange.headers().map(HeaderMirror::new).orElse(null);
            boolean inSession = headers != null && SessionServing.concerns(message, headers);
            if (request != null) {
                id = request.id();
                toll.charge(request, exchange);
            } else if (message != null) {
                toll.look(exchange);
            } else if (!inSession) {
                toll.chargeGarbage(exchange);
            }
            if (headers != null && inSession) {
                return request != null && request.method().equals(Handshake.METHOD)
                        ? serving.begin(request, exchange)
                        : serving.post(parsed, headers, exchange);
            }
            if (request != null) {
                return serveStateless(request, headers, exchange);
            }
            if (message instanceof Message.Notification) {
                exchange.accept();
                return McpCall.DONE;
            }
            throw message == null
                    ? McpError.noBatches()
                    : McpError.invalidRequest("Responses are not taken: nothing was asked in this revision.");
        } catch (RuntimeException e) {
            fail(e, id, exchange);
        }
        return McpCall.DONE;
    }

    /** Reads something; where that fails it is charged all the same. */
    private <T> T understood(McpExchange exchange, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (McpError garbage) {
            toll.chargeGarbage(exchange);
            throw garbage;
        }
    }

    /** Answers a message that got no further: refused, or the victim of a fault. */
    private void fail(RuntimeException problem, @Nullable JsonNode id, McpExchange exchange) {
        if (problem instanceof McpError error) {
            error.answer(exchange, refused(id, error, exchange));
        } else if (problem instanceof MeshException reason) {
            McpError error = McpError.of(reason);
            events.on(refusal(reason.code(), "", exchange, ""));
            error.answer(exchange, Wire.error(id, error));
        } else {
            TraceContext trace = exchange.trace();
            LOG.error("A fault in the MCP engine, trace {}", trace.traceId(), problem);
            exchange.answer(500, Wire.error(id, McpError.panic(trace)), Duration.ZERO);
        }
    }

    /**
     * A client with a session opens the stream for what belongs to none of its requests, or comes back to a stream that broke off:
     * an HTTP GET. Answers through the exchange, at once or later.
     *
     * @return the way to end the stream
     */
    public McpCall open(McpExchange exchange) {
        try {
            toll.look(exchange);
            return serving.open(headers(exchange), exchange);
        } catch (RuntimeException e) {
            fail(e, null, exchange);
        }
        return McpCall.DONE;
    }

    /** A client ends its session: an HTTP DELETE. Answers through the exchange, at once or later. */
    public void terminate(McpExchange exchange) {
        try {
            toll.look(exchange);
            serving.end(headers(exchange), exchange);
            events.on(new MeshEvent.SessionEnded());
        } catch (RuntimeException e) {
            fail(e, null, exchange);
        }
    }

    private static HeaderMirror headers(McpExchange exchange) {
        return new HeaderMirror(exchange.headers().orElseThrow());
    }

    /**
     * Begins to serve a connection that carries messages both ways.
     *
     * @param principal who is at its other end
     * @param wake run when there may be something to take out of the connection's outbox: from any thread, does not wait
     */
    public McpConnection connect(Principal principal, Runnable wake) {
        return connect(principal, "", wake);
    }

    /**
     * The same for one that comes over the network.
     *
     * @param remoteAddress where its other end is
     */
    public McpConnection connect(Principal principal, String remoteAddress, Runnable wake) {
        return new McpConnection(this, principal, remoteAddress, wake);
    }

    /** Of a resource hears who may read it. */
    private static Audience audience(ResourceRegistry resources) {
        return (principal, topic) ->
                topic.kind() != Topic.Kind.RESOURCE || principal.may(resources.permissionFor(topic.name()));
    }

    /**
     * Forgets what is kept for clients that lost their connection and stay away, and ends what belongs to sessions that are over.
     * Called now and then, on a thread that may wait if the store may.
     */
    public void lookAfterSessions() {
        sessions.lookAfter();
    }

    /** The engine is one of several in a cluster: what they must know of sessions is told there. It must not wait or fail. */
    public void joined(Consumer<ClusterMessage> bus) {
        elsewhere.are(bus);
    }

    /**
     * Another engine told something, or something was missed. What does not concern clients here has no effect. Does not wait.
     *
     * @param threads for what may wait
     */
    public void heard(ClusterMessage message, Executor threads) {
        if (message instanceof ClusterMessage.SessionEnded session) {
            sessions.endedElsewhere(session.sessionId());
        } else if (message instanceof ClusterMessage.SessionChanged session) {
            sessions.changedElsewhere(session.sessionId(), threads);
        } else if (message instanceof ClusterMessage.SessionAnswer answer) {
            carried.arrived(answer);
        } else if (message instanceof ClusterMessage.Gap) {
            sessions.doubtAll();
            subscriptions.anythingChanged();
        }
    }

    /** A credential is good no longer: what clients listen to by it ends. Does not wait. */
    public void revoked(String credentialId) {
        revoked(principal -> principal.credentialId().equals(credentialId));
    }

    /**
     * What a user may do changed: what clients listen to by other rights ends, so that they ask again with those they have. Does not wait.
     *
     * @param userId empty where it may be any of the tenant
     */
    public void rightsChanged(Tenant tenant, String userId) {
        revoked(principal -> Revocations.isOf(principal, tenant, userId));
    }

    private void revoked(Predicate<Principal> whose) {
        subscriptions.revoked(whose);
        sessions.revoked(whose);
    }

    /** Whether a client listens to this task. */
    public boolean isHeard(String taskId) {
        return subscriptions.isHeard(new Topic(Topic.Kind.TASK, taskId));
    }

    /** The tasks that clients listen to, with the tenants of those clients. */
    public Map<String, Set<Tenant>> tasksHeard() {
        return subscriptions.tasksHeard();
    }

    /** Who listens to something, one for each credential. */
    public Collection<Principal> listeners() {
        return subscriptions.principals();
    }

    /** How many requests are under way, of all credentials together: a figure for people, not a bound. */
    public int requestsUnderWay() {
        return inFlight.total();
    }

    /** Ends every listen with its response, and refuses new ones. Everything else goes on. */
    @Override
    public void close() {
        subscriptions.close();
        sessions.close();
    }

    /** What is served. */
    Set<Feature> features() {
        return features;
    }

    /** What a transport answers when it refuses a message before the engine has seen it: an error without an id. */
    public static JsonWritable refusal(MeshException reason) {
        return Wire.error(null, McpError.of(reason));
    }

    /** The error as a message, and counted. */
    JsonWritable refused(@Nullable JsonNode id, McpError error) {
        events.on(new MeshEvent.RequestRefused(error.reason().orElse(ErrorCode.INVALID_REQUEST)));
        return Wire.error(id, error);
    }

    private JsonWritable refused(@Nullable JsonNode id, McpError error, McpExchange exchange) {
        events.on(refusal(error.reason().orElse(ErrorCode.INVALID_REQUEST), "", exchange, ""));
        return Wire.error(id, error);
    }

    private static MeshEvent refusal(ErrorCode code, String method, McpExchange exchange, String trace) {
        return new MeshEvent.RequestRefused(
                code, method, Optional.of(exchange.principal()), exchange.remoteAddress(), trace);
    }

    /** The same for what could not be understood, which is charged: the error then may be another. */
    JsonWritable refusedGarbage(McpError error, Principal principal, String remoteAddress) {
        try {
            toll.chargeGarbage(principal, remoteAddress);
        } catch (MeshException limited) {
            events.on(new MeshEvent.RequestRefused(limited.code(), "", Optional.of(principal), remoteAddress, ""));
            return Wire.error(null, McpError.of(limited));
        }
        return refused(null, error);
    }

    /** Charges requests where they come in. */
    Toll toll() {
        return toll;
    }

    private static JsonNode parse(byte[] body, int offset, int length) {
        try {
            return Json.parse(body, offset, length);
        } catch (MalformedJson e) {
            throw McpError.unparsable(e.getMessage());
        }
    }

    /**
     * Serves a request that names its revision itself.
     *
     * @param headers that must mirror it, or null where there are none
     */
    McpCall serveStateless(Message.Request message, @Nullable HeaderMirror headers, McpExchange exchange) {
        JsonNode params = message.params();
        JsonNode meta = params.path("_meta");
        String headerVersion = headers == null ? null : headers.value(HeaderMirror.VERSION);
        if (headers != null && headerVersion == null) {
            throw McpError.headerMismatch(
                    "The header MCP-Protocol-Version is missing; served here: " + String.join(", ", REVISIONS) + ".");
        }
        ObjectNode checkedMeta = checkMeta(params, meta);
        String requested = meta.path(McpRequest.VERSION).stringValue();
        if (headerVersion != null && !headerVersion.equals(requested)) {
            throw McpError.headerMismatch("The header MCP-Protocol-Version is not what the body says.");
        }
        if (!requested.equals(STATELESS)) {
            throw McpError.unsupportedVersion(requested, REVISIONS);
        }
        if (headers != null) {
            headers.requireMethod(message.method());
        }
        return dispatch(
                new McpRequest(
                        message.id(),
                        message.method(),
                        (ObjectNode) params,
                        checkedMeta,
                        exchange.principal(),
                        headers,
                        null,
                        McpRequest.trace(checkedMeta, exchange)),
                exchange);
    }

    /**
     * Serves a request as one of those that its client has under way; what refuses it is its answer.
     *
     * @param work serves it
     */
    void serve(Message.Request message, OpenRequests underWay, SessionExchange exchange, Supplier<McpCall> work) {
        JsonNode id = message.id();
        OpenRequest open;
        try {
            open = underWay.open(id);
        } catch (McpError e) {
            exchange.refused(e.status(), refused(id, e));
            return;
        }
        try {
            open.begun(work.get());
        } catch (McpError e) {
            e.answer(exchange, refused(id, e));
        } catch (MeshException e) {
            events.on(refusal(e.code(), message.method(), exchange, ""));
            McpError.of(e).answer(exchange, Wire.error(id, McpError.of(e)));
        } catch (RuntimeException e) {
            TraceContext trace = exchange.trace();
            LOG.error("A fault in {}, trace {}", message.method(), trace.traceId(), e);
            McpError error = McpError.panic(trace);
            exchange.answer(error.status(), Wire.error(id, error), error.retryAfter());
        }
    }

    /** Serves a request of a client with a session. */
    McpCall serveInSession(Message.Request message, Session session, SessionExchange exchange) {
        JsonNode params = message.params();
        if (!params.isMissingNode() && !params.isObject()) {
            throw McpError.invalidRequest("\"params\" must be an object.");
        }
        ObjectNode given = params instanceof ObjectNode object ? object : Json.object();
        ObjectNode meta = given.path("_meta") instanceof ObjectNode object ? object : Json.object();
        return dispatch(
                new McpRequest(
                        message.id(),
                        message.method(),
                        given,
                        meta,
                        exchange.principal(),
                        null,
                        session,
                        McpRequest.trace(meta, exchange)),
                exchange);
    }

    /** Answers {@code initialize}. */
    void greet(Message.Request message, Handshake handshake, McpExchange exchange) {
        events.on(new MeshEvent.SessionBegan(handshake.revision()));
        exchange.answer(200, Wire.result(message.id(), handshake.greeting(info, face, features)), Duration.ZERO);
    }

    Subscriptions subscriptions() {
        return subscriptions;
    }

    /** The lists that clients with sessions hear of. */
    Set<Topic> lists() {
        return features.stream()
                .flatMap(feature -> feature.kinds().stream())
                .filter(kind -> !kind.isNamed())
                .map(Topic::list)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static ObjectNode checkMeta(JsonNode params, JsonNode meta) {
        if (!params.isMissingNode() && !params.isObject()) {
            throw McpError.invalidRequest("\"params\" must be an object.");
        }
        if (!(meta instanceof ObjectNode object)) {
            throw McpError.invalidMeta("params._meta must be an object with " + McpRequest.VERSION + " and "
                    + McpRequest.CLIENT_CAPABILITIES + ".");
        }
        if (!meta.path(McpRequest.VERSION).isString()) {
            throw McpError.invalidMeta("params._meta." + McpRequest.VERSION + " must be a string.");
        }
        if (!meta.path(McpRequest.CLIENT_CAPABILITIES).isObject()) {
            throw McpError.invalidMeta("params._meta." + McpRequest.CLIENT_CAPABILITIES + " must be an object.");
        }
        return object;
    }

    private McpCall dispatch(McpRequest request, McpExchange exchange) {
        String credential = exchange.principal().credentialId();
        try {
            inFlight.require(credential);
        } catch (MeshException full) {
            throw McpError.of(full);
        }
        Reply reply = new Reply(request.id(), request.revision(), exchange, face, () -> inFlight.leave(credential));
        try {
            McpMethod method = (request.session() == null ? methods : sessionMethods).get(request.method());
            if (method == null) {
                throw McpError.unknownMethod(request.method());
            }
            return method.serve(request, reply);
        } catch (McpError e) {
            events.on(refusal(
                    e.reason().orElse(ErrorCode.INVALID_REQUEST),
                    request.method(),
                    exchange,
                    request.trace().traceId()));
            reply.fail(e);
        } catch (MeshException e) {
            events.on(refusal(
                    e.code(), request.method(), exchange, request.trace().traceId()));
            reply.fail(McpError.of(e));
        } catch (RuntimeException e) {
            LOG.error(
                    "A fault in {}, trace {}", request.method(), request.trace().traceId(), e);
            reply.fail(McpError.panic(request.trace()));
        }
        return McpCall.DONE;
    }
}
