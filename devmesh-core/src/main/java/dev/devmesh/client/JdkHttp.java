package dev.devmesh.client;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The JDK's HTTP client, HTTP/1.1, with an end to it and its threads. Redirects would carry the credential elsewhere. */
final class JdkHttp implements AutoCloseable {

    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int THREADS = 8;
    private static final @Nullable MethodHandle SHUTDOWN_NOW = findShutdownNow();

    private final Runnable endOfThreads;
    private volatile @Nullable HttpClient http;

    private JdkHttp(Executor callbacks, Runnable endOfThreads) {
        this.endOfThreads = endOfThreads;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_TIMEOUT)
                .executor(callbacks)
                .build();
    }

    /** What comes is brought by threads beside the one that serves all connections. */
    static JdkHttp withThreads() {
        ThreadPoolExecutor threads = threads();
        return new JdkHttp(threads, threads::shutdown);
    }

    /** What comes is brought by the one thread that serves all connections: whoever takes it must not wait for anything. */
    static JdkHttp inPlace() {
        return new JdkHttp(Runnable::run, () -> {});
    }

    /** The client, or null after {@link #close()}. */
    @Nullable
    HttpClient client() {
        return http;
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
    public void close() {
        HttpClient client = http;
        if (client == null) {
            return;
        }
        http = null; // on Java 17 a client ends when nobody refers to it
        if (SHUTDOWN_NOW != null) {
            try {
                SHUTDOWN_NOW.invokeExact(client);
            } catch (Throwable e) {
                throw new IllegalStateException("the HTTP client cannot be shut down", e);
            }
        }
        endOfThreads.run();
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
