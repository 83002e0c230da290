package dev.devmesh.embedding;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** What carries a request to an embedding service: the one place that knows an HTTP client. */
interface EmbeddingWire {

    /**
     * What a service answered.
     *
     * @param retryAfter what it asks to wait, if it does
     */
    record Answer(int status, byte[] body, Optional<Duration> retryAfter) {}

    /**
     * Posts JSON, follows no redirect and waits for the whole answer.
     *
     * @param key sent as bearer token; empty for none
     * @param mostBytes the longest body that is read
     * @throws EmbeddingUnavailableException if no answer comes, or a longer one
     */
    Answer post(URI endpoint, String key, byte[] json, Duration within, long mostBytes);
}
