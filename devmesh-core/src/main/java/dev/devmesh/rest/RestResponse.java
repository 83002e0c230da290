package dev.devmesh.rest;

import dev.devmesh.MeshException;
import dev.devmesh.auth.PermissionDeniedException;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.limit.Charge;
import dev.devmesh.limit.RateHeaders;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * An answer, for a transport to send. To HEAD it sends the same without the body.
 *
 * <p>Immutable; the body must not be changed.
 */
public final class RestResponse {

    private static final byte[] NOTHING = {};

    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;
    private final Optional<String> missingScope;

    RestResponse(int status, Map<String, String> headers, byte[] body) {
        this(status, headers, body, Optional.empty());
    }

    private RestResponse(int status, Map<String, String> headers, byte[] body, Optional<String> missingScope) {
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.body = body;
        this.missingScope = missingScope;
    }

    static RestResponse ok(Object value) {
        return new RestResponse(200, Map.of(), Json.bytes(value));
    }

    static RestResponse created(String location, Object value) {
        return new RestResponse(201, Map.of("Location", location), Json.bytes(value));
    }

    static RestResponse noContent() {
        return new RestResponse(204, Map.of(), NOTHING);
    }

    /** The caller has it already. */
    static RestResponse notModified() {
        return new RestResponse(304, Map.of(), NOTHING);
    }

    /** Why there is no other answer. */
    static RestResponse refusal(MeshException error, TraceContext trace) {
        int status = error.code().status();
        RestResponse refusal = new RestResponse(
                status,
                Map.of(),
                Json.bytes(new ErrorEnvelope(error, trace.traceId())),
                error instanceof PermissionDeniedException denied ? denied.missingScope() : Optional.empty());
        boolean later = status == 429 || status == 503;
        Duration wait = error.retryAfter().orElse(later ? Duration.ofSeconds(1) : Duration.ZERO);
        return wait.isZero() ? refusal : refusal.with("Retry-After", Long.toString(Math.max(1, seconds(wait))));
    }

    /** This answer, saying what its caller has left. */
    RestResponse with(Charge charge) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        RateHeaders.write(charge, more::put);
        return new RestResponse(status, more, body);
    }

    /** In whole seconds, rounded up. */
    private static long seconds(Duration time) {
        return time.toSeconds() + (time.toNanosPart() > 0 ? 1 : 0);
    }

    /** This answer with one more header field. */
    RestResponse with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
        return new RestResponse(status, more, body, missingScope);
    }

    /** This answer, about something that is at this version. */
    RestResponse version(long version) {
        return with("ETag", Preconditions.tag(version));
    }

    /** The scope for want of which the caller is refused, if that is why. */
    public Optional<String> missingScope() {
        return missingScope;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The header fields, save those about the body and the trace. */
    public Map<String, String> headers() {
        return headers;
    }

    /** JSON in UTF-8, or nothing. */
    public byte[] body() {
        return body;
    }
}
