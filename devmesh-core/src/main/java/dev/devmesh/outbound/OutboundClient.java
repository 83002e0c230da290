package dev.devmesh.outbound;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The one HTTP client for addresses that users can name: embedding services, OpenAPI documents, other servers' tools, keys of token
 * issuers, webhooks. It calls what is public, and what {@link OutboundAllow} lists.
 *
 * <ul>
 *   <li><b>Addresses.</b> {@code https} on port 80, 443 or 8443; no user or password in front of the host. Names are brought into ASCII
 *       and looked up once. If ANY address is loopback, private, link-local, shared, metadata, multicast, reserved, for documentation or
 *       benchmarks, or wraps an IPv4 address (mapped, NAT64, 6to4, Teredo), nothing is called. The connection goes to the addresses that
 *       were looked at, with the name in the Host header and the TLS handshake. Numbers in disguise ({@code 0x7f.1},
 *       {@code 2130706433}) are no hosts.
 *   <li><b>Redirects.</b> At most {@value #MAX_REDIRECTS}, each held to the same. {@code Authorization}, {@code Cookie} and secret headers
 *       are dropped as soon as one leads to another origin. 307 and 308 keep method and body; 303 becomes a {@code GET}, as do 301 and
 *       302 of a {@code POST}.
 *   <li><b>Bounds.</b> 5 s to connect, 15 s for everything, 10 MiB of body, before and after it is unpacked (gzip). 64 connections, 16 to
 *       one destination; who finds none within the time to connect is refused.
 *   <li>No proxies of the environment or the JVM, no cookies, no retries.
 * </ul>
 *
 * <p>Refusals and failures are {@link MeshException}s: {@link ErrorCode#ADDRESS_REFUSED}, {@link ErrorCode#UPSTREAM_UNREACHABLE},
 * {@link ErrorCode#UPSTREAM_TIMEOUT}, {@link ErrorCode#UPSTREAM_TOO_LARGE}, {@link ErrorCode#UPSTREAM_FAILED} (it does not speak HTTP, or
 * redirects too often), {@link ErrorCode#OVERLOADED} (no connection is free) and {@link ErrorCode#CANCELLED} (the thread was interrupted
 * while it waited for a look-up or a connection). They name the host as it was given; never the address behind it, the rest of the URL,
 * or what the server said. Any status is an answer; see {@link OutboundAnswer#requireSuccess}.
 *
 * <p>It blocks, so it belongs on threads that may wait. Safe for use by many threads. Whoever builds one closes it.
 */
public final class OutboundClient implements AutoCloseable {

    /** How often one request may be sent elsewhere. */
    public static final int MAX_REDIRECTS = 3;

    static final String CLOSED = "The outbound client is closed; build another one.";

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final Vetting vetting;
    private final Lookups lookups;
    private final Wire wire;
    private final Duration timeout;
    private final long maxBytes;
    private final AtomicBoolean closed = new AtomicBoolean();

    OutboundClient(OutboundAllow allow, Lookups lookups, Wire wire, Duration timeout, long maxBytes) {
        this.lookups = lookups;
        this.vetting = new Vetting(allow, lookups);
        this.wire = wire;
        this.timeout = timeout;
        this.maxBytes = maxBytes;
    }

    /** Begins one. */
    public static OutboundClientBuilder builder() {
        return new OutboundClientBuilder();
    }

    /**
     * Sends a request and reads the answer to its end.
     *
     * @throws MeshException if there is no answer, see the class
     * @throws IllegalStateException after {@link #close()}
     */
    public OutboundResponse send(OutboundRequest request) {
        try (OutboundStream stream = stream(request)) {
            return new OutboundResponse(
                    stream.host(),
                    stream.status(),
                    stream.headers(),
                    stream.body().readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a bounded body throws none
        }
    }

    /**
     * Sends a request and hands out the body of the answer as it arrives. Whoever calls closes the stream.
     *
     * @throws MeshException if there is no answer, see the class
     * @throws IllegalStateException after {@link #close()}
     */
    public OutboundStream stream(OutboundRequest request) {
        if (closed.get()) {
            throw new IllegalStateException(CLOSED);
        }
        long deadline = System.nanoTime() + request.within().orElse(timeout).toNanos();
        Target target = Target.of(request.url());
        List<InetAddress> addresses = vetting.vet(target, deadline);
        OutboundRequest current = request;
        for (int redirects = 0; ; redirects++) {
            Wire.Answer answer = wire.exchange(new Wire.Hop(target, addresses, current, deadline));
            String location = request.redirects() && REDIRECTS.contains(answer.status())
                    ? answer.headers().getOrDefault("Location", List.of("")).get(0)
                    : "";
            if (location.isEmpty()) {
                return opened(target, answer, request.maxBytes().orElse(maxBytes));
            }
            answer.abort();
            if (redirects == MAX_REDIRECTS) {
                throw Refusals.redirects(target);
            }
            Target from = target;
            try {
                target = from.redirected(location);
                addresses = vetting.vet(target, deadline);
            } catch (MeshException e) {
                throw e.code() == ErrorCode.ADDRESS_REFUSED ? Refusals.redirected(from, e) : e;
            }
            current = current.redirected(
                    target.origin().equals(from.origin()), becomesGet(answer.status(), current.method()));
        }
    }

    private static boolean becomesGet(int status, String method) {
        return switch (status) {
            case 303 -> !method.equals("HEAD");
            case 301, 302 -> method.equals("POST");
            default -> false;
        };
    }

    private static OutboundStream opened(Target target, Wire.Answer answer, long most) {
        InputStream body = answer.body().isPresent()
                ? new BoundedBody(answer, answer.body().get(), target.given(), most)
                : InputStream.nullInputStream();
        if (answer.body().isEmpty()) {
            answer.done();
        }
        return new OutboundStream(target.given(), answer.status(), answer.headers(), body);
    }

    /** Cuts what is under way, and ends. Does nothing the second time. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            lookups.close();
            wire.close();
        }
    }
}
