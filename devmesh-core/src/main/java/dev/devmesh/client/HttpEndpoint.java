package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/** The one address of a server over Streamable HTTP, and all that is under way there. */
final class HttpEndpoint implements AutoCloseable {

    /** What is answered with a status alone takes no longer. */
    private static final Duration BRIEFLY = Duration.ofSeconds(10);

    private final String server;
    private final HttpRequest prototype;
    private final int maxMessageBytes;
    private final Set<HttpAnswer> open = ConcurrentHashMap.newKeySet();
    private final JdkHttp http;
    private volatile boolean closing;

    /**
     * @param headers sent with every request
     * @throws IllegalArgumentException if the address or a header cannot be used
     */
    HttpEndpoint(URI endpoint, Map<String, String> headers, int maxMessageBytes) {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint);
        headers.forEach(request::setHeader);
        this.prototype = request.build();
        this.server = name(endpoint);
        this.maxMessageBytes = maxMessageBytes;
        this.http = JdkHttp.withThreads();
    }

    /** The address without user and query: either may be a credential. */
    static String name(URI endpoint) {
        return endpoint.getScheme() + "://" + endpoint.getHost()
                + (endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort()) + endpoint.getPath();
    }

    String server() {
        return server;
    }

    /**
     * Begins to post a request and does not wait for the answer.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    HttpAnswer post(ObjectNode message, Map<String, String> headers) {
        return answered(posted(message, headers));
    }

    /** Begins to ask for a stream: one for what belongs to no request, or the rest of one that broke off. */
    HttpAnswer get(Map<String, String> headers) {
        return answered(
                request(headers).setHeader("Accept", "text/event-stream").GET());
    }

    /** Begins to post what is answered with a status alone. */
    CompletableFuture<Void> tell(ObjectNode message, Map<String, String> headers) {
        return status(posted(message, headers));
    }

    /** Begins to end a session. */
    CompletableFuture<Void> delete(Map<String, String> headers) {
        return status(request(headers).DELETE());
    }

    private HttpRequest.Builder posted(ObjectNode message, Map<String, String> headers) {
        return request(headers)
                .setHeader("Content-Type", "application/json")
                .setHeader("Accept", "application/json, text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(message)));
    }

    private HttpRequest.Builder request(Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(prototype, (name, value) -> true);
        headers.forEach(request::setHeader);
        return request;
    }

    private HttpAnswer answered(HttpRequest.Builder request) {
        if (closing) {
            throw closed();
        }
        HttpAnswer answer = new HttpAnswer(server, maxMessageBytes, InstantSource.system(), open::remove);
        open.add(answer);
        answer.answers(client().sendAsync(request.build(), answer));
        if (closing) {
            answer.drop(); // closed in the meantime, perhaps before the answer was among the open ones
        }
        return answer;
    }

    private CompletableFuture<Void> status(HttpRequest.Builder request) {
        return client().sendAsync(request.timeout(BRIEFLY).build(), HttpResponse.BodyHandlers.discarding())
                .handle((response, problem) -> {
                    if (problem != null) {
                        Throwable cause = problem instanceof CompletionException && problem.getCause() != null
                                ? problem.getCause()
                                : problem;
                        throw McpClientException.unreachable(server, cause);
                    }
                    if (response.statusCode() / 100 != 2) {
                        throw McpClientException.status(server, response.statusCode(), Optional.empty());
                    }
                    return null;
                });
    }

    private HttpClient client() {
        HttpClient client = http.client();
        if (client == null) {
            throw closed();
        }
        return client;
    }

    private IllegalStateException closed() {
        return new IllegalStateException("The client of " + server + " is closed; make another one.");
    }

    boolean isClosing() {
        return closing;
    }

    /** Gives up all answers, and takes no more requests that have one. */
    void dropAll() {
        closing = true;
        open.forEach(HttpAnswer::drop);
    }

    @Override
    public void close() {
        dropAll();
        http.close();
    }
}
