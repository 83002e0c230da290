package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Streamable HTTP over the JDK's client, HTTP/1.1. Redirects are not followed: they would carry the credential elsewhere.
 */
final class HttpTransport implements McpTransport {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int THREADS = 8;
    private static final @Nullable MethodHandle SHUTDOWN_NOW = findShutdownNow();

    private final String server;
    private final HttpRequest prototype;
    private final int maxMessageBytes;
    private final Set<HttpAnswer> open = ConcurrentHashMap.newKeySet();
    private final ThreadPoolExecutor threads;
    private volatile @Nullable HttpClient http;

    /**
     * @param headers sent with every request
     * @throws IllegalArgumentException if the address or a header cannot be used
     */
    HttpTransport(URI endpoint, Map<String, String> headers, int maxMessageBytes) {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint);
        headers.forEach(request::setHeader);
        this.prototype = request.setHeader("Content-Type", "application/json")
                .setHeader("Accept", "application/json, text/event-stream")
                .setHeader("MCP-Protocol-Version", Rpc.REVISION)
                .build();
        // no user, no query: either may be a credential
        this.server = endpoint.getScheme() + "://" + endpoint.getHost()
                + (endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort()) + endpoint.getPath();
        this.maxMessageBytes = maxMessageBytes;
        this.threads = threads();
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_TIMEOUT)
                .executor(threads)
                .build();
    }

    /** Not the JDK's own pool: on Java 17 that one outlives its client by a minute. */
    private static ThreadPoolExecutor threads() {
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor threads =
                new ThreadPoolExecutor(THREADS, THREADS, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "devmesh-client-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    @Override
    public Answer send(Request request) {
        HttpClient client = http;
        if (client == null) {
            throw new IllegalStateException("The client of " + server + " is closed; make another one.");
        }
        HttpRequest.Builder post = HttpRequest.newBuilder(prototype, (name, value) -> true)
                .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(request.message())));
        request.headers().forEach(post::setHeader);
        HttpAnswer answer = new HttpAnswer(server, maxMessageBytes, InstantSource.system(), open::remove);
        open.add(answer);
        answer.answers(client.sendAsync(post.build(), answer));
        if (http == null) {
            answer.drop(); // closed in the meantime, perhaps before the answer was among the open ones
        }
        return answer;
    }

    @Override
    public String server() {
        return server;
    }

    @Override
    public void close() {
        HttpClient client = http;
        if (client == null) {
            return;
        }
        http = null; // on Java 17 a client ends when nobody refers to it
        open.forEach(HttpAnswer::drop);
        shutDown(client);
        threads.shutdown();
    }

    private static void shutDown(HttpClient client) {
        if (SHUTDOWN_NOW != null) {
            try {
                SHUTDOWN_NOW.invokeExact(client);
            } catch (Throwable e) {
                throw new IllegalStateException("the HTTP client cannot be shut down", e);
            }
        }
    }

    /** {@code HttpClient.shutdownNow()}, where this Java has it. */
    private static @Nullable MethodHandle findShutdownNow() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(HttpClient.class, "shutdownNow", MethodType.methodType(void.class));
        } catch (ReflectiveOperationException e) {
            return null; // Java 17 to 20
        }
    }
}
