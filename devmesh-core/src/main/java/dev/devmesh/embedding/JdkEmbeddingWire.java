package dev.devmesh.embedding;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client of the JDK. Its timeout ends with the head of an answer, so the whole is waited for here. */
final class JdkEmbeddingWire implements EmbeddingWire {

    private static final Logger LOG = LoggerFactory.getLogger(JdkEmbeddingWire.class);
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final long MOST_SECONDS = 3_600;

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    @Override
    public Answer post(URI endpoint, String key, byte[] json, Duration within, long mostBytes) {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint)
                .timeout(within)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(json));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        CompletableFuture<HttpResponse<InputStream>> sent =
                client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        try {
            return sent.thenApply(response -> read(response, mostBytes)).get(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof EmbeddingUnavailableException known) {
                throw known;
            }
            throw unavailable("cannot be reached", failed.getCause());
        } catch (TimeoutException late) {
            throw unavailable("did not answer within " + within.toSeconds() + " s", late);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable("was not waited for", e);
        } finally {
            end(sent);
        }
    }

    /** Cancels what has not begun to answer, and cuts off what is still answering. */
    private static void end(CompletableFuture<HttpResponse<InputStream>> sent) {
        sent.cancel(true);
        if (!sent.isCompletedExceptionally()) {
            try {
                sent.join().body().close();
            } catch (IOException broken) {
                LOG.debug("Embedding service: the connection broke while it was closed", broken);
            }
        }
    }

    private static Answer read(HttpResponse<InputStream> response, long mostBytes) {
        try (InputStream in = response.body()) {
            byte[] body = in.readNBytes((int) Math.min(Integer.MAX_VALUE - 8, mostBytes + 1));
            if (body.length > mostBytes) {
                throw unavailable("answered with more than " + mostBytes + " bytes", null);
            }
            return new Answer(
                    response.statusCode(),
                    body,
                    response.headers().firstValue("Retry-After").flatMap(JdkEmbeddingWire::seconds));
        } catch (IOException broken) {
            throw unavailable("broke off", broken);
        }
    }

    /** The form with a date is not read: the caller then waits as it would without. */
    private static Optional<Duration> seconds(String value) {
        return value.matches("[0-9]{1,9}")
                ? Optional.of(Duration.ofSeconds(Math.min(MOST_SECONDS, Long.parseLong(value))))
                : Optional.empty();
    }

    private static EmbeddingUnavailableException unavailable(String what, @Nullable Throwable cause) {
        return new EmbeddingUnavailableException("The embedding service " + what + ".", "", null, cause);
    }
}
