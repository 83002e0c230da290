package dev.devmesh.outbound;

import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Puts an {@link OutboundClient} together; {@link #build()} ends it. Confined to its caller. */
public final class OutboundClientBuilder {

    /** What an application adds that uses the client without the launcher. */
    static final String DEPENDENCY = "org.apache.httpcomponents.client5:httpclient5:5.6.1";

    private OutboundAllow allow = OutboundAllow.none();
    private Duration connectTimeout = Duration.ofSeconds(5);
    private Duration timeout = Duration.ofSeconds(15);
    private long maxBytes = 10 << 20;
    private int connections = 64;
    private int connectionsPerDestination = 16;
    private Resolver resolver = Resolver.SYSTEM;
    private @Nullable SSLContext tls;

    OutboundClientBuilder() {}

    /** What may be called beyond what is public; nothing by default. */
    public OutboundClientBuilder allow(OutboundAllow list) {
        allow = Objects.requireNonNull(list, "list");
        return this;
    }

    /**
     * How long connecting may take, all addresses of a host together, and the TLS handshake as much again; 5 s when not given.
     *
     * @param time 10 ms to 1 minute
     */
    public OutboundClientBuilder connectTimeout(Duration time) {
        connectTimeout = within(time, Duration.ofMillis(10), Duration.ofMinutes(1));
        return this;
    }

    /**
     * How long a request may take that does not say so itself, from the look-up to the end of the body; 15 s when not given.
     *
     * @param time 10 ms to 1 hour
     */
    public OutboundClientBuilder timeout(Duration time) {
        timeout = within(time, Duration.ofMillis(10), Duration.ofHours(1));
        return this;
    }

    /**
     * The largest body of an answer to a request that does not say so itself; 10 MiB when not given.
     *
     * @param most 1 byte to 1 GiB
     */
    public OutboundClientBuilder maxBytes(long most) {
        if (most < 1 || most > 1 << 30) {
            throw new IllegalArgumentException("an answer has 1 byte to 1 GiB, not " + most);
        }
        maxBytes = most;
        return this;
    }

    /**
     * How many connections may be open at once, 64 when not given, and how many of them to one destination (scheme, host and port), 16.
     *
     * @param all 1 to 10,000
     * @param perDestination 1 to {@code all}
     */
    public OutboundClientBuilder connections(int all, int perDestination) {
        if (all < 1 || all > 10_000 || perDestination < 1 || perDestination > all) {
            throw new IllegalArgumentException("1 to 10000 connections, and 1 to as many to one destination, not " + all
                    + " and " + perDestination);
        }
        connections = all;
        connectionsPerDestination = perDestination;
        return this;
    }

    /** Whose certificates are trusted; the JVM's own when not given. */
    public OutboundClientBuilder tls(SSLContext context) {
        tls = Objects.requireNonNull(context, "context");
        return this;
    }

    OutboundClientBuilder resolver(Resolver source) {
        resolver = source;
        return this;
    }

    private static Duration within(Duration time, Duration least, Duration most) {
        if (time.compareTo(least) < 0 || time.compareTo(most) > 0) {
            throw new IllegalArgumentException("a time of " + least + " to " + most + ", not " + time);
        }
        return time;
    }

    /**
     * Makes the client. Opens nothing: no thread and no socket.
     *
     * @throws IllegalStateException if Apache HttpClient 5 is not on the class path; the message names the dependency to add
     */
    public OutboundClient build() {
        Wire wire;
        try {
            wire = ApacheWire.open(
                    connectTimeout,
                    connections,
                    connectionsPerDestination,
                    tls == null ? SSLContext.getDefault() : tls);
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "Calls to other servers need Apache HttpClient 5. Add the dependency " + DEPENDENCY + ".", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(
                    "This JVM has no TLS. Give a context by OutboundClientBuilder.tls(...).", e);
        }
        return new OutboundClient(allow, new Lookups(resolver), wire, timeout, maxBytes);
    }
}
