package dev.devmesh.rest;

import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the handler of a route is given: everything is checked by then.
 *
 * <p>Confined to the thread that it is handed to, save {@link #stage}.
 */
final class RestCall {

    private final RestRequest request;
    private final Route route;
    private final Map<String, String> variables;
    private final Map<String, String> query;
    private final @Nullable ObjectNode body;
    private final Consumer<String> stages;

    RestCall(
            RestRequest request,
            Route route,
            Map<String, String> variables,
            Map<String, String> query,
            @Nullable ObjectNode body,
            Consumer<String> stages) {
        this.request = request;
        this.route = route;
        this.variables = variables;
        this.query = query;
        this.body = body;
        this.stages = stages;
    }

    /** Who is calling. Not for routes that are public. */
    Principal principal() {
        return request.principal().orElseThrow();
    }

    /** What the caller showed to be known by. */
    Credentials credentials() {
        return request.credentials();
    }

    TraceContext trace() {
        return request.trace();
    }

    /** What stands in the path for a variable of its template. */
    String variable(String name) {
        return Objects.requireNonNull(variables.get(name), name);
    }

    /** A parameter that is a text; empty if it is not there. */
    String text(String name) {
        return parameter(name).text(query.get(name));
    }

    /** A parameter that is a number, or its standard. */
    long number(String name) {
        return parameter(name).number(query.get(name));
    }

    /** A parameter that is a time; empty if it is not there. */
    Optional<Instant> time(String name) {
        return parameter(name).time(query.get(name));
    }

    /** The parameters behind this name and a full stop, by the rest of their names. */
    ObjectNode members(String name) {
        return parameter(name).members(query);
    }

    private Parameter parameter(String name) {
        return route.query().stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The body as it came. */
    ObjectNode body() {
        return Objects.requireNonNull(body, "body");
    }

    /** The body as the record that the route reads. */
    <T> T body(Class<T> type) {
        return Json.read(body(), type);
    }

    /** The version that the caller wants to change; empty for any. */
    OptionalLong ifMatch() {
        Optional<String> field = request.header("if-match");
        return field.isPresent() ? Preconditions.ifMatch(field.get()) : OptionalLong.empty();
    }

    /** Whether the caller has this version already. */
    boolean hasVersion(long version) {
        return request.header("if-none-match")
                .filter(field -> Preconditions.names(field, version))
                .isPresent();
    }

    /** Says what the time goes to from now on, for whoever waits in vain. For any thread. */
    void stage(String name) {
        stages.accept(name);
    }
}
