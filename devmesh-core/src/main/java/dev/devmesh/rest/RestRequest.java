package dev.devmesh.rest;

import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A request as a transport took it in.
 *
 * <p>Immutable; the body must not be changed.
 *
 * @param method the HTTP method
 * @param target path and query, as they came
 * @param headers the header fields of {@link #HEADERS} that are there, by lower-case name
 * @param body the bytes of the body; empty for none
 * @param principal who is calling; empty only where {@link RestApi#isPublic} says that nobody need say so
 * @param remoteAddress where it comes from, or empty: who has no credential is counted by it
 * @param trace the trace that the request belongs to
 */
public record RestRequest(
        String method,
        String target,
        Map<String, String> headers,
        byte[] body,
        Optional<Principal> principal,
        String remoteAddress,
        TraceContext trace) {

    /** The header fields that are looked at. One that came more than once is handed in joined by a comma and a space. */
    public static final Set<String> HEADERS = Set.of("if-match", "if-none-match", "idempotency-key");

    /** Checks that nothing is missing and copies the headers. */
    public RestRequest {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(target, "target");
        headers = Map.copyOf(headers);
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(principal, "principal");
        Objects.requireNonNull(remoteAddress, "remoteAddress");
        Objects.requireNonNull(trace, "trace");
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }
}
