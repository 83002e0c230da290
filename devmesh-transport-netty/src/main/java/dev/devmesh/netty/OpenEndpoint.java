package dev.devmesh.netty;

import dev.devmesh.MeshException;
import dev.devmesh.json.JsonWritable;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.util.Optional;
import java.util.Set;

/** What operators read without a credential, also when there is too much to do. */
interface OpenEndpoint extends Endpoint {

    /** See {@link #methods()}. */
    Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    /** See {@link #allow()}. */
    AsciiString ALLOW = AsciiString.cached("GET, HEAD, OPTIONS");

    @Override
    default Set<HttpMethod> methods() {
        return METHODS;
    }

    @Override
    default AsciiString allow() {
        return ALLOW;
    }

    @Override
    default boolean isVital() {
        return true;
    }

    @Override
    default JsonWritable refusal(MeshException error, RequestHead head) {
        return new ErrorBody(error, head);
    }

    @Override
    default Optional<Rejection> admit(HttpExchange exchange) {
        return Optional.empty();
    }
}
