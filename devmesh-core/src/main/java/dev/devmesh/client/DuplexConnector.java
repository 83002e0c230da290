package dev.devmesh.client;

import dev.devmesh.ErrorCode;
import dev.devmesh.Revision;
import dev.devmesh.json.Json;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reaches a server by a connection on which both sides speak. Before the first request the server is asked whether it is of the
 * stateless revision; an error that is none of that revision, silence and the end of the connection mean that it is older. A
 * connection that ended is replaced with the next request, and what was found out holds for it, too.
 */
final class DuplexConnector implements Connector {

    private final McpTransport transport;
    private final Profile profile;
    private final Executor threads;
    private final AtomicLong ids = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Current current;
    private volatile @Nullable Duplex opening; // the last one, also before it is agreed what to speak on it
    private volatile boolean closed;
    private @Nullable Revision known; // under the lock

    private record Current(Duplex duplex, Dialect dialect) {}

    DuplexConnector(McpTransport transport, Profile profile, Executor threads) {
        this.transport = transport;
        this.profile = profile;
        this.threads = threads;
    }

    @Override
    public String server() {
        return transport.server();
    }

    @Override
    public Dialect dialect() {
        Current usable = current;
        if (usable != null && usable.duplex().isOpen()) {
            return usable.dialect();
        }
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw McpClientException.cancelled("The request to " + server());
        }
        try {
            usable = current;
            if (usable == null || !usable.duplex().isOpen()) {
                usable = connect();
            }
            return usable.dialect();
        } finally {
            lock.unlock();
        }
    }

    private Current connect() {
        Attempt attempt = new Attempt();
        boolean done = false;
        try {
            Dialect dialect = attempt.dialect();
            known = dialect.revision();
            Current made = new Current(attempt.duplex(), dialect);
            current = made;
            done = true;
            return made;
        } finally {
            if (!done || closed) {
                attempt.close();
            }
        }
    }

    /** One attempt to agree with the server, which may take a second connection. */
    private final class Attempt implements AutoCloseable {

        private @Nullable Duplex open;

        Duplex duplex() {
            Duplex now = open;
            if (now == null || !now.isOpen()) {
                if (closed) {
                    throw new IllegalStateException("The client of " + server() + " is closed; make another one.");
                }
                Duplex last = opening;
                if (last != null) {
                    last.close(); // ended already; frees what it holds
                }
                now = Duplex.open(transport, profile.maxMessageBytes());
                open = now;
                opening = now;
                if (closed) {
                    now.close();
                }
            }
            return now;
        }

        Dialect dialect() {
            Stateless stateless = new Stateless(duplex(), server(), profile, ids);
            Optional<Revision> newest = profile.newestWithSessions();
            Revision agreed = known;
            if (agreed != null) {
                return agreed.hasSessions() ? session(agreed) : stateless;
            }
            if (!profile.maySpeakStateless()) {
                return session(newest.orElseThrow());
            }
            return newest.isEmpty() ? stateless : probed(stateless, newest.get());
        }

        private Dialect probed(Stateless stateless, Revision newest) {
            try (Exchange probe = stateless.send("server/discover", Json.object(), Terms.within(profile.probe()))) {
                try {
                    probe.result(profile.probe(), notification -> {});
                    return stateless;
                } catch (McpClientException e) {
                    return instead(stateless, newest, probe, e);
                }
            }
        }

        private Dialect instead(Stateless stateless, Revision newest, Exchange probe, McpClientException problem) {
            if (Eras.isOfStateless(problem)) {
                return stateless;
            }
            if (Eras.namesOthers(problem)) {
                return session(profile.newestWithSessions(problem.data().path("supported"))
                        .orElseThrow(() -> McpClientException.disagreement(
                                server(), profile.revisions(), McpClientException.versions(problem.data()))));
            }
            if (!Eras.mayBeOlder(problem)) {
                throw problem;
            }
            try {
                return session(newest);
            } catch (McpClientException e) {
                if (problem.code() == ErrorCode.UPSTREAM_TIMEOUT && isAnswered(probe)) {
                    return stateless; // it was slow to start, and is none of the older ones
                }
                e.addSuppressed(problem);
                throw e;
            }
        }

        private boolean isAnswered(Exchange probe) {
            try {
                probe.result(profile.probe().dividedBy(1_000), notification -> {});
                return true;
            } catch (McpClientException e) {
                return false;
            }
        }

        private Session session(Revision wanted) {
            Duplex link = duplex();
            Handshake.Greeting greeting = new Handshake(link, server(), profile, ids).begin(wanted);
            Session session = new Session(link, server(), profile, greeting, ids, threads);
            session.begin(profile.inputs());
            return session;
        }

        @Override
        public void close() {
            Duplex made = open;
            if (made != null) {
                made.close();
            }
        }
    }

    @Override
    public void answered(Dialect used) {} // it is known before the first request

    @Override
    public Dialect instead(Dialect used, McpClientException refusal) {
        throw refusal; // what went out by a connection that has ended may have run
    }

    /** Does not wait for a thread that is about to connect: it finds its connection closed. */
    @Override
    public void close() {
        closed = true;
        Duplex last = opening;
        if (last != null) {
            last.close();
        }
    }
}
