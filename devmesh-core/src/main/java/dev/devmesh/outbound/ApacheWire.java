package dev.devmesh.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.HttpsSupport;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.net.URIAuthority;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * The wire on Apache HttpClient 5, its only user.
 *
 * <p>What holds here:
 *
 * <ul>
 *   <li>A connection is opened to the addresses of its hop and to nothing else. The client asks its {@link DnsResolver} on the thread
 *       that sends, so a thread-local of this object carries them there; without them every look-up fails.
 *   <li>A connection that was kept goes to addresses that were vetted for the same scheme, host and port, and for a minute only.
 *   <li>Neither the JVM's nor the environment's proxies are used, SOCKS among them.
 *   <li>Everything ends at the deadline of its hop: a timer then cuts the connection, whatever it is doing.
 * </ul>
 */
final class ApacheWire implements Wire {

    private static final int MOST_ADDRESSES = 4;
    private static final int LINE_BYTES = 8192;
    private static final int HEADERS = 100;
    private static final Duration KEPT = Duration.ofMinutes(1);
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final Duration connectTimeout;
    private final ThreadLocal<List<InetAddress>> vetted = new ThreadLocal<>();
    private final PoolingHttpClientConnectionManager connections;
    private final CloseableHttpClient client;
    private final ScheduledThreadPoolExecutor timer;
    private final AtomicBoolean sweeping = new AtomicBoolean();

    private ApacheWire(Duration connectTimeout, int atOnce, int perDestination, SSLContext tls) {
        this.connectTimeout = connectTimeout;
        this.timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "devmesh-outbound-timer");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(5, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        Http1Config bounds = Http1Config.custom()
                .setMaxLineLength(LINE_BYTES)
                .setMaxHeaderCount(HEADERS)
                .build();
        this.connections = new PoolingHttpClientConnectionManager(
                new DefaultHttpClientConnectionOperator(
                        socks -> new Socket(Proxy.NO_PROXY),
                        null,
                        new Pinned(),
                        RegistryBuilder.<TlsSocketStrategy>create()
                                .register(
                                        "https",
                                        new DefaultClientTlsStrategy(
                                                tls,
                                                HostnameVerificationPolicy.BOTH,
                                                HttpsSupport.getDefaultHostnameVerifier()))
                                .build()),
                PoolConcurrencyPolicy.STRICT,
                PoolReusePolicy.LIFO,
                TimeValue.of(KEPT),
                ManagedHttpClientConnectionFactory.builder().http1Config(bounds).build(),
                true);
        connections.setMaxTotal(atOnce);
        connections.setDefaultMaxPerRoute(perDestination);
        connections.setConnectionConfigResolver(route -> ConnectionConfig.custom()
                .setConnectTimeout(Timeout.of(connectTimeout.dividedBy(Math.max(1, pinned().size()))))
                .setSocketTimeout(Timeout.of(connectTimeout))
                .setValidateAfterInactivity(TimeValue.ZERO_MILLISECONDS)
                .setIdleTimeout(Timeout.of(IDLE))
                .setTimeToLive(TimeValue.of(KEPT))
                .build());
        this.client = HttpClients.custom()
                .setConnectionManager(connections)
                .setRoutePlanner(new DefaultRoutePlanner(null))
                .setUserAgent("devmesh")
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableConnectionState()
                .build();
    }

    /** Opens nothing yet. */
    static Wire open(Duration connectTimeout, int atOnce, int perDestination, SSLContext tls) {
        return new ApacheWire(connectTimeout, atOnce, perDestination, tls);
    }

    private List<InetAddress> pinned() {
        List<InetAddress> addresses = vetted.get();
        return addresses == null ? List.of() : addresses;
    }

    private final class Pinned implements DnsResolver {

        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            List<InetAddress> addresses = pinned();
            if (addresses.isEmpty()) {
                throw new UnknownHostException("no vetted address");
            }
            return addresses.toArray(InetAddress[]::new);
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            return host;
        }
    }

    @Override
    public Answer exchange(Hop hop) {
        Target target = hop.target();
        String host = target.given();
        long left = hop.deadlineNanos() - System.nanoTime();
        if (left <= 0) {
            throw Refusals.timeout(host, null);
        }
        HttpUriRequestBase request = request(hop, Duration.ofNanos(left));
        Future<?> watch;
        try {
            watch = timer.schedule(request::cancel, left, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException(OutboundClient.CLOSED, e);
        }
        boolean answered = false;
        vetted.set(hop.addresses()
                .subList(0, Math.min(MOST_ADDRESSES, hop.addresses().size())));
        try {
            ClassicHttpResponse response = client.executeOpen(
                    new HttpHost(target.scheme(), target.host().ascii(), target.port()),
                    request,
                    HttpClientContext.create());
            ApacheAnswer answer = new ApacheAnswer(request, response, watch, hop.deadlineNanos());
            answered = true;
            return answer;
        } catch (IOException e) {
            throw failure(host, e, hop.deadlineNanos());
        } catch (IllegalStateException e) {
            if (System.nanoTime() - hop.deadlineNanos() >= 0) {
                throw Refusals.timeout(host, e); // cut off between two steps of the client
            }
            throw e;
        } finally {
            vetted.remove();
            if (!answered) {
                watch.cancel(false);
                request.cancel();
            }
        }
    }

    private HttpUriRequestBase request(Hop hop, Duration left) {
        Target target = hop.target();
        HttpUriRequestBase request =
                new HttpUriRequestBase(hop.request().method(), URI.create(target.origin() + target.path()));
        boolean usual = target.port() == (target.secure() ? 443 : 80);
        request.setAuthority(new URIAuthority(target.host().ascii(), usual ? -1 : target.port()));
        hop.request().headers().forEach(header -> request.setHeader(header.name(), header.value()));
        request.setHeader("Accept-Encoding", "gzip");
        byte[] body = hop.request().body();
        if (body != null) {
            request.setEntity(new ByteArrayEntity(body, null));
        }
        Duration waiting = left.compareTo(connectTimeout) < 0 ? left : connectTimeout;
        request.setConfig(RequestConfig.custom()
                .setConnectionRequestTimeout(Timeout.of(waiting))
                .setResponseTimeout(Timeout.of(left))
                .setConnectionKeepAlive(TimeValue.of(IDLE))
                .setRedirectsEnabled(false)
                .setAuthenticationEnabled(false)
                .setExpectContinueEnabled(false)
                .setProtocolUpgradeEnabled(false)
                .setHardCancellationEnabled(true)
                .build());
        return request;
    }

    private static RuntimeException failure(String host, IOException e, long deadlineNanos) {
        if (e.getCause() instanceof InterruptedException) {
            return Refusals.interrupted(host, e);
        }
        if (e instanceof ConnectionRequestTimeoutException) {
            return Refusals.busy(host);
        }
        if (e instanceof SocketTimeoutException || System.nanoTime() - deadlineNanos >= 0) {
            return Refusals.timeout(host, e);
        }
        if (e instanceof SSLException) {
            return Refusals.untrusted(host, e);
        }
        if (e instanceof ClientProtocolException
                || e instanceof MessageConstraintException
                || e instanceof NoHttpResponseException) {
            return Refusals.notHttp(host, e);
        }
        return Refusals.unreachable(host, e);
    }

    /** Connections that were kept and that nobody came for are closed, though no request comes by. */
    private void sweepLater() {
        if (sweeping.compareAndSet(false, true)) {
            try {
                timer.schedule(
                        () -> {
                            sweeping.set(false);
                            connections.closeIdle(TimeValue.of(IDLE));
                        },
                        IDLE.toMillis() + 1000,
                        TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closed) {
                sweeping.set(false); // nothing is left to sweep
            }
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
        connections.close(CloseMode.IMMEDIATE);
    }

    private final class ApacheAnswer implements Answer {

        private final HttpUriRequestBase request;
        private final ClassicHttpResponse response;
        private final Optional<InputStream> body;
        private final Future<?> watch;
        private final long deadlineNanos;

        ApacheAnswer(HttpUriRequestBase request, ClassicHttpResponse response, Future<?> watch, long deadlineNanos)
                throws IOException {
            this.request = request;
            this.response = response;
            this.watch = watch;
            this.deadlineNanos = deadlineNanos;
            HttpEntity entity = response.getEntity();
            this.body = entity == null ? Optional.empty() : Optional.of(entity.getContent());
        }

        @Override
        public int status() {
            return response.getCode();
        }

        @Override
        public Map<String, List<String>> headers() {
            Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (Header header : response.getHeaders()) {
                headers.computeIfAbsent(header.getName(), name -> new ArrayList<>())
                        .add(header.getValue() == null ? "" : header.getValue());
            }
            headers.replaceAll((name, values) -> List.copyOf(values));
            return Collections.unmodifiableMap(headers);
        }

        @Override
        public Optional<InputStream> body() {
            return body;
        }

        @Override
        public boolean isExpired() {
            return System.nanoTime() - deadlineNanos >= 0;
        }

        @Override
        public void done() {
            watch.cancel(false);
            sweepLater();
        }

        @Override
        public void abort() {
            watch.cancel(false);
            request.cancel();
        }
    }
}
