package dev.devmesh.netty;

import dev.devmesh.MeshException;
import dev.devmesh.json.JsonWritable;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.util.Optional;
import java.util.Set;

/** What is served at one path. Safe for use by many threads. */
interface Endpoint {

    /** The path, without query. */
    String path();

    /** What a token must be for that is used here, as a path. */
    default String resource() {
        return "/";
    }

    /** The scopes that this request is known to need before its body is read, with spaces between. */
    default String scopes(RequestHead head) {
        return "";
    }

    /** What figures about this request are put under: one of a few names, whatever paths clients make up. */
    default String route(RequestHead head) {
        return path();
    }

    /** The methods that it answers; OPTIONS comes by itself. */
    Set<HttpMethod> methods();

    /** The methods as an {@code Allow} header. */
    AsciiString allow();

    /** Whether it answers even when there is too much to do: it costs little, and whoever asks wants to know just then. */
    default boolean isVital() {
        return false;
    }

    /** Whether it is an MCP endpoint: reads JSON and answers with JSON or an event stream. */
    default boolean speaksMcp() {
        return false;
    }

    /** Whether the body of a request must be JSON. */
    default boolean readsJson(RequestHead head) {
        return speaksMcp() && head.method().equals(HttpMethod.POST);
    }

    /** The body that says why a request was refused. */
    JsonWritable refusal(MeshException error, RequestHead head);

    /** The last word before the body is read. On the event loop. */
    Optional<Rejection> admit(HttpExchange exchange);

    /** Takes a request whose body is complete, and answers it now or later. On the event loop. */
    void serve(HttpExchange exchange);
}
