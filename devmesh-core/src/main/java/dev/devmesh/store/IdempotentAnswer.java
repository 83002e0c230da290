package dev.devmesh.store;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * What a request was answered that named an idempotency key.
 *
 * <p>Immutable.
 *
 * @param caller whose key it is: the id of a credential
 * @param key the key, as the caller chose it
 * @param requestHash of the request, by which it is known again: 64 lower-case hexadecimal digits
 * @param status the HTTP status of the answer
 * @param headers the header fields of the answer that belong to it
 * @param body the JSON of the answer; empty for none
 * @param expiresAt until when it is kept
 */
public record IdempotentAnswer(
        String caller,
        String key,
        String requestHash,
        int status,
        Map<String, String> headers,
        String body,
        Instant expiresAt) {

    /** Checks that nothing is missing and copies the headers. */
    public IdempotentAnswer {
        Objects.requireNonNull(caller, "caller");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(requestHash, "requestHash");
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(expiresAt, "expiresAt");
        headers = Map.copyOf(headers);
    }
}
