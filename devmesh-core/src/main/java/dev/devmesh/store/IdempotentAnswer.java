package dev.devmesh.store;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final Pattern ABOUT_A_CONTEXT = Pattern.compile("/contexts/([A-Za-z0-9_]{1,64})(?:/|$)");

    /** Checks that nothing is missing and copies the headers. */
    public IdempotentAnswer {
        Objects.requireNonNull(caller, "caller");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(requestHash, "requestHash");
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(expiresAt, "expiresAt");
        headers = Map.copyOf(headers);
    }

    /**
     * The context that the request was about, by which the answer goes when the context is erased: what stands behind
     * {@code /contexts/} in the header {@code Location}. Empty if it was about something else.
     */
    public Optional<String> contextId() {
        Matcher place = ABOUT_A_CONTEXT.matcher(headers.getOrDefault("Location", ""));
        return place.find() ? Optional.of(place.group(1)) : Optional.empty();
    }
}
