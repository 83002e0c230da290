package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.access.AccessControl;
import dev.devmesh.audit.AuditLog;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.Principal;
import dev.devmesh.context.Contexts;
import dev.devmesh.event.LogTrace;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.limit.Admission;
import dev.devmesh.limit.Charge;
import dev.devmesh.limit.InFlight;
import dev.devmesh.store.Store;
import dev.devmesh.text.Nearest;
import dev.devmesh.token.Tokens;
import dev.devmesh.tool.ToolInvoker;
import dev.devmesh.tool.ToolRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The REST API of a mesh without sockets. Everything follows from one table of routes: what is found where, who may, what a body
 * must look like, and {@code /openapi.json}.
 *
 * <p>A request passes, in this order: its path has a normal form, its caller is known, the caller's rate allows it, the caller has a
 * place among the requests under way, there is something at the path, the caller may, query and body fit. Only then the handler runs.
 *
 * <p>Opens nothing until the first request. Safe for use by many threads.
 */
public final class RestApi implements AutoCloseable {

    /** Where the description of the API is. */
    public static final String DESCRIPTION = "/openapi.json";

    /** What every other path begins with. */
    public static final String PREFIX = "/api/v1";

    private static final String IDEMPOTENCY_KEY = "idempotency-key";

    private final RouteTable routes;
    private final ObjectNode description;
    private final Admission admission;
    private final InFlight inFlight;
    private final CreatingUnits creating;
    private final Duration timeout;
    private final MeshEvents events;
    private final ScheduledThreadPoolExecutor timer;

    RestApi(
            String title,
            String version,
            List<Route> routes,
            Admission admission,
            InFlight inFlight,
            Store store,
            Duration timeout,
            InstantSource clock,
            MeshEvents events) {
        List<Route> all = new ArrayList<>(routes);
        all.add(Route.get(DESCRIPTION)
                .forEverybody()
                .summary("Describes this API, as OpenAPI 3.1")
                .answersAnyObject("Description")
                .handle(call -> describe()));
        this.routes = new RouteTable(all);
        this.description = new OpenApi(title, version, this.routes).document();
        this.admission = admission;
        this.inFlight = inFlight;
        this.creating = new CreatingUnits(store, clock);
        this.timeout = timeout;
        this.events = events;
        this.timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "devmesh-rest-deadlines");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
    }

    /**
     * The API of these parts of a mesh.
     *
     * @param title what the application is called
     * @param version the application's version
     */
    public static RestApi of(
            String title,
            String version,
            ToolRegistry tools,
            ToolInvoker invoker,
            Contexts contexts,
            ApiKeys keys,
            AccessControl access,
            Tokens tokens,
            AuditLog audit,
            Store store,
            Admission admission,
            InFlight inFlight,
            Limits limits,
            InstantSource clock,
            MeshEvents events) {
        List<Route> routes = new ArrayList<>();
        routes.addAll(new ToolRoutes(tools, invoker).routes());
        routes.addAll(new ContextRoutes(contexts).routes());
        routes.addAll(new ErasureRoutes(contexts).routes());
        routes.addAll(new KeyRoutes(keys, access.tenants(), clock).routes());
        routes.addAll(new ToolPermissionRoutes(tools, access).routes());
        routes.addAll(new TenantRoutes(access.tenants()).routes());
        routes.addAll(new UserRoutes(access.users()).routes());
        routes.addAll(new RoleRoutes(access.roles()).routes());
        routes.addAll(new TokenRoutes(tokens).routes());
        routes.addAll(new AuditRoutes(audit).routes());
        return new RestApi(title, version, routes, admission, inFlight, store, limits.requestTimeout(), clock, events);
    }

    /**
     * Begins a request: its time runs from now on. Whoever begins it has it run, on a thread that may wait, or refuses it.
     * Never throws.
     */
    public RestExecution begin(RestRequest request) {
        RestExecution execution = new RestExecution(this, request);
        try {
            execution.deadline(
                    timer.schedule(() -> execution.expire(timeout), timeout.toNanos(), TimeUnit.NANOSECONDS));
        } catch (RejectedExecutionException closed) {
            execution.refuse(new MeshException(
                    ErrorCode.OVERLOADED, "The mesh is closing.", "Try another one, or later.", null, closed));
        }
        return execution;
    }

    /** Whether a request need not say who is calling. */
    public boolean isPublic(String method, String target) {
        try {
            return Verb.of(method)
                    .flatMap(verb -> routes.at(RestPath.of(target).segments())
                            .map(place -> place.routes().get(verb)))
                    .filter(route -> route.access() instanceof Access.Public)
                    .isPresent();
        } catch (MeshException malformed) {
            return false; // and so it is refused, to known callers with the reason
        }
    }

    /** What a caller must be allowed who makes this request; empty if nothing, or if there is nothing at the path. */
    public Optional<String> permission(String method, String target) {
        try {
            return Verb.of(method)
                    .flatMap(verb -> routes.at(RestPath.of(target).segments())
                            .map(place -> place.routes().get(verb)))
                    .map(Route::access)
                    .filter(Access.Permission.class::isInstance)
                    .map(access -> ((Access.Permission) access).name());
        } catch (MeshException malformed) {
            return Optional.empty();
        }
    }

    /** The methods that can be used at a path as an {@code Allow} header; empty if there is nothing. */
    public Optional<String> allow(String target) {
        try {
            return routes.at(RestPath.of(target).segments()).map(RouteTable.Place::allow);
        } catch (MeshException malformed) {
            return Optional.empty();
        }
    }

    /**
     * What is at a path, with its variables in braces as in {@code /api/v1/contexts/{id}}: one of few, whatever callers ask for. Empty
     * if there is nothing.
     */
    public Optional<String> template(String target) {
        try {
            return routes.at(RestPath.of(target).segments())
                    .map(place -> place.template().toString());
        } catch (MeshException malformed) {
            return Optional.empty();
        }
    }

    /** What {@code /openapi.json} answers; must not be changed. */
    ObjectNode description() {
        return description;
    }

    /** The routes by path. */
    RouteTable routes() {
        return routes;
    }

    /** Refuses further requests. Those under way go on, and nobody watches their time any more. */
    @Override
    public void close() {
        timer.shutdownNow();
    }

    // ---- one request

    void serve(RestRequest request, RestExecution execution) {
        RestPath path;
        try {
            path = RestPath.of(request.target());
        } catch (MeshException malformed) {
            request.principal().ifPresent(caller -> charge(request, execution, caller, 1));
            throw malformed;
        }
        Optional<RouteTable.Place> place = routes.at(path.segments());
        Optional<Route> route = Verb.of(request.method())
                .flatMap(verb -> place.map(there -> there.routes().get(verb)));
        if (route.isPresent() && route.get().access() instanceof Access.Public) {
            if (route.get().verb() != Verb.GET) {
                // who shows a token in the body is counted by the address, like everybody without a credential
                charge(request, execution, Principal.anonymous(), 1);
            }
            answer(request, execution, path, place.get(), route.get())
                    .ifPresent(begun -> execution.began(begun, () -> {}));
            return;
        }
        Principal principal = request.principal()
                .orElseThrow(() -> new MeshException(
                        ErrorCode.UNAUTHENTICATED,
                        "This needs a credential.",
                        "Send an API key in the header X-API-Key, or a token as Authorization: Bearer."));
        String credential = principal.credentialId();
        execution.stage("rate limit");
        charge(
                request,
                execution,
                principal,
                route.map(known -> known.cost().of(place.get().variables())).orElse(1));
        inFlight.require(credential);
        Optional<Work.Begun> begun = Optional.empty();
        try {
            RouteTable.Place there = place.orElseThrow(() -> routes.notFound(path));
            if (route.isEmpty()) {
                refuseMethod(request, execution, there);
                return;
            }
            permit(principal, route.get());
            begun = answer(request, execution, path, there, route.get());
        } finally {
            if (begun.isEmpty()) {
                inFlight.leave(credential);
            }
        }
        begun.ifPresent(running -> execution.began(running, () -> inFlight.leave(credential)));
    }

    private void charge(RestRequest request, RestExecution execution, Principal principal, int cost) {
        Optional<Charge> charge =
                admission.decide(principal, request.credentials().remoteAddress(), cost);
        charge.ifPresent(execution::charged);
        charge.ifPresent(Charge::requireAllowed);
    }

    private void refuseMethod(RestRequest request, RestExecution execution, RouteTable.Place place) {
        MeshException reason = new MeshException(
                ErrorCode.METHOD_NOT_ALLOWED,
                "This path does not know the method of the request.",
                "Use " + place.allow() + ".");
        refused(request, reason);
        execution.answer(RestResponse.refusal(reason, request.trace()).with("Allow", place.allow()));
    }

    private static void permit(Principal principal, Route route) {
        if (route.access() instanceof Access.Permission permission) {
            principal.require(permission.name(), route.verb() + " " + route.path());
        }
    }

    /** Answers, or begins what will. */
    private Optional<Work.Begun> answer(
            RestRequest request, RestExecution execution, RestPath path, RouteTable.Place place, Route route) {
        execution.stage("body");
        refuseUnknown(path, route);
        ObjectNode body = body(request, route);
        RestCall call = new RestCall(request, route, place.variables(), path.query(), body, execution::stage);
        route.query().forEach(parameter -> parameter.check(path.query()));
        Optional<String> key = idempotencyKey(request, route);
        execution.stage("handler");
        LogTrace log = LogTrace.begin(request.trace().traceId(), route.verb() + " " + route.path());
        try {
            if (route.work() instanceof Work.Async async) {
                return Optional.of(async.begin(call));
            }
            if (route.work() instanceof Work.Creating create) {
                execution.stage("store");
                execution.answer(creating.run(call, create, key, CreatingUnits.hash(request, path)));
            } else if (route.work() instanceof Work.Plain plain) {
                execution.answer(plain.handle(call));
            }
            return Optional.empty();
        } finally {
            log.end();
        }
    }

    private static void refuseUnknown(RestPath path, Route route) {
        List<String> known = route.query().stream().map(Parameter::pattern).toList();
        for (String name : path.query().keySet()) {
            if (route.query().stream().noneMatch(parameter -> parameter.covers(name))) {
                String nearest = Nearest.nearest(name, known)
                        .map(near -> " Did you mean " + near + "?")
                        .orElse("");
                throw new MeshException(
                        ErrorCode.INVALID_VALUE,
                        "The query has a parameter that this route does not know: " + brief(name) + "." + nearest,
                        known.isEmpty() ? "Leave the query out." : "Use " + String.join(", ", known) + ".");
            }
        }
    }

    private static String brief(String name) {
        return name.length() <= 64 ? name : name.substring(0, 64) + "…";
    }

    private static @Nullable ObjectNode body(RestRequest request, Route route) {
        if (route.body().isPresent()) {
            return route.body().get().read(request.body());
        }
        if (request.body().length > 0) {
            throw new MeshException(
                    ErrorCode.INVALID_REQUEST, "This route reads no body.", "Send the request without one.");
        }
        return null;
    }

    private static Optional<String> idempotencyKey(RestRequest request, Route route) {
        Optional<String> key = request.header(IDEMPOTENCY_KEY);
        if (key.isPresent() && route.verb() == Verb.POST && !route.takesIdempotencyKey()) {
            throw new MeshException(
                    ErrorCode.INVALID_REQUEST,
                    "This route keeps no answers, so that an Idempotency-Key would promise what is not held.",
                    "Send the request without it.");
        }
        return key;
    }

    private RestResponse describe() {
        return RestResponse.ok(description);
    }

    void refused(RestRequest request, MeshException reason) {
        events.on(new MeshEvent.RequestRefused(
                reason.code(),
                request.method() + " " + template(request.target()).orElse(PREFIX),
                request.principal(),
                request.credentials().remoteAddress(),
                request.trace().traceId()));
    }
}
