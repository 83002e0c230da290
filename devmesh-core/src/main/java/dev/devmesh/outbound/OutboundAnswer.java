package dev.devmesh.outbound;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What another server answered, whatever its status. */
public sealed interface OutboundAnswer permits OutboundResponse, OutboundStream {

    /** The host that answered, as it was given: after redirects, the last one. */
    String host();

    /** 200 to 599, or what the server made up. */
    int status();

    /** All headers, by name without regard to case. Unmodifiable. */
    Map<String, List<String>> headers();

    /** The first header of this name. */
    default Optional<String> header(String name) {
        return headers().getOrDefault(name, List.of()).stream().findFirst();
    }

    /** Whether the status is 200 to 299. */
    default boolean isSuccess() {
        return status() >= 200 && status() < 300;
    }

    /**
     * Goes on only after a success.
     *
     * @throws MeshException with {@link ErrorCode#UPSTREAM_FAILED} otherwise, which names the host and the status and nothing of what
     *     the server said; with the time of its {@code Retry-After} where that is a number of seconds
     */
    default void requireSuccess() {
        if (!isSuccess()) {
            Duration later = header("Retry-After")
                    .filter(text -> text.matches("\\d{1,6}"))
                    .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                    .orElse(null);
            throw new MeshException(
                    ErrorCode.UPSTREAM_FAILED,
                    "'" + host() + "' answered with status " + status() + ".",
                    "",
                    later,
                    null);
        }
    }
}
