package dev.devmesh.client;

import dev.devmesh.Revision;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reaches a server over Streamable HTTP. The first request goes out in the stateless form, if that may be spoken; what the server
 * makes of it shows what it is, and costs nothing where it is of that revision. A session that the server has forgotten is
 * replaced by another one.
 */
final class HttpConnector implements Connector {

    private final HttpEndpoint endpoint;
    private final Profile profile;
    private final Executor threads;
    private final AtomicLong ids = new AtomicLong();
    private final Stateless stateless;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Dialect settled;

    HttpConnector(HttpEndpoint endpoint, Profile profile, Executor threads) {
        this.endpoint = endpoint;
        this.profile = profile;
        this.threads = threads;
        this.stateless = new Stateless(this::postStateless, endpoint.server(), profile, ids);
    }

    private Answer postStateless(Outgoing request) {
        Map<String, String> headers = new LinkedHashMap<>(request.headers());
        headers.put("MCP-Protocol-Version", Revision.V2026_07_28.date());
        return endpoint.post(request.message(), headers);
    }

    @Override
    public String server() {
        return endpoint.server();
    }

    @Override
    public Dialect dialect() {
        Dialect known = settled;
        if (known != null) {
            return known;
        }
        if (profile.maySpeakStateless()) {
            return stateless;
        }
        Revision newest = profile.newestWithSessions().orElseThrow();
        return locked(() -> settled == null ? begin(newest) : settled());
    }

    private Dialect settled() {
        Dialect known = settled;
        if (known == null) {
            throw new IllegalStateException("no dialect is settled on");
        }
        return known;
    }

    @Override
    public void answered(Dialect used) {
        if (settled == null) {
            locked(() -> settled == null ? settle(used) : used);
        }
    }

    @Override
    public Dialect instead(Dialect used, McpClientException refusal) {
        return used instanceof Session session ? anotherSession(session, refusal) : another(refusal);
    }

    private Dialect anotherSession(Session lost, McpClientException refusal) {
        if (!lost.isLost(refusal)) {
            throw refusal;
        }
        return locked(() -> {
            Dialect now = settled();
            if (now != lost) {
                return now;
            }
            lost.ended(refusal);
            return begin(lost.revision());
        });
    }

    private Dialect another(McpClientException refusal) {
        boolean newer = Eras.isOfStateless(refusal);
        if (!newer && !Eras.namesOthers(refusal) && !Eras.mayBeOlderOverHttp(refusal)) {
            throw refusal;
        }
        return locked(() -> {
            Dialect now = settled;
            if (now != null) {
                return repeatedIn(now, refusal);
            }
            if (newer) {
                settle(stateless);
                throw refusal;
            }
            return Eras.namesOthers(refusal) ? named(refusal) : older(refusal);
        });
    }

    private static Dialect repeatedIn(Dialect now, McpClientException refusal) {
        if (now instanceof Session) {
            return now;
        }
        throw refusal; // by a server that is known to be of the stateless revision
    }

    private Dialect named(McpClientException refusal) {
        Optional<Revision> wanted = profile.newestWithSessions(refusal.data().path("supported"));
        if (wanted.isEmpty()) {
            throw McpClientException.disagreement(
                    server(), profile.revisions(), McpClientException.versions(refusal.data()));
        }
        return begin(wanted.get());
    }

    private Dialect older(McpClientException refusal) {
        if (Eras.isAmbiguous(refusal) && discovers()) {
            settle(stateless);
            throw refusal;
        }
        Revision newest = profile.newestWithSessions().orElseThrow(() -> refusal);
        try {
            return begin(newest);
        } catch (McpClientException e) {
            refusal.addSuppressed(e); // neither way: the first answer is the one to what was asked
            throw refusal;
        }
    }

    private boolean discovers() {
        try {
            stateless.describe(Terms.within(profile.timeout()));
            return true;
        } catch (McpClientException e) {
            return false;
        }
    }

    private Session begin(Revision wanted) {
        Handshake.Greeting greeting = new Handshake(
                        request -> endpoint.post(request.message(), Map.of()), server(), profile, ids)
                .begin(wanted);
        HttpLink link = new HttpLink(endpoint, greeting.revision(), greeting.sessionId(), threads);
        Session session = new Session(link, server(), profile, greeting, ids, threads);
        session.begin(profile.inputs());
        settled = session;
        return session;
    }

    private Dialect settle(Dialect dialect) {
        settled = dialect;
        return dialect;
    }

    /** One thread at a time finds out. */
    private Dialect locked(Supplier<Dialect> step) {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw McpClientException.cancelled("The request to " + server());
        }
        try {
            return step.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        endpoint.dropAll();
        if (settled instanceof Session session) {
            settled = null;
            session.end();
        }
        endpoint.close();
    }
}
