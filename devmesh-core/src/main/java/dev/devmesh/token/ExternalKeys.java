package dev.devmesh.token;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.outbound.OutboundClient;
import dev.devmesh.outbound.OutboundRequest;
import dev.devmesh.outbound.OutboundResponse;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys of one issuer, fetched when they are needed.
 *
 * <p>What holds, whatever tokens come:
 *
 * <ol>
 *   <li>Keys are fetched again after {@link #FRESH}; one caller at a time does so, and those who have keys do not wait for it.
 *   <li>A token with a key id that is not there has them fetched before that, at most every {@link #THROTTLE}. One without a key id never
 *       does.
 *   <li>While they cannot be fetched, those that are there stay good for {@link #STALE}, and are tried again every {@link #THROTTLE};
 *       where there are none, every {@link #RETRY}.
 * </ol>
 *
 * <p>Nimbus has a source of keys, too. Its throttle lets two fetches through, it refreshes for tokens without a key id, and it
 * goes by the system's clock. Safe for use by many threads.
 */
final class ExternalKeys {

    static final Duration FRESH = Duration.ofMinutes(10);
    static final Duration STALE = Duration.ofHours(24);
    static final Duration THROTTLE = Duration.ofSeconds(30);
    static final Duration RETRY = Duration.ofSeconds(5);
    static final Duration TIMEOUT = Duration.ofSeconds(3);
    static final int MAX_BYTES = 1 << 20;

    /** So many keys are tried for a token that does not say which it is. */
    private static final int MAX_TRIED = 8;

    private static final int MIN_RSA_BITS = 2_048;
    private static final Logger LOG = LoggerFactory.getLogger(ExternalKeys.class);

    /** How many wait for the first keys at once. */
    private static final int MOST_WAITING = 32;

    private record Known(List<JWK> keys, Instant fetchedAt) {}

    private final String issuer;
    private final URI url;
    private final Supplier<OutboundClient> outbound;
    private final InstantSource clock;
    private final ReentrantLock fetching = new ReentrantLock();
    private final Semaphore waiting = new Semaphore(MOST_WAITING);
    private volatile @Nullable Known known;
    private volatile @Nullable Instant attemptedAt;

    ExternalKeys(String issuer, URI url, Supplier<OutboundClient> outbound, InstantSource clock) {
        this.issuer = issuer;
        this.url = url;
        this.outbound = outbound;
        this.clock = clock;
    }

    /**
     * The keys by which a token with this header may be signed; none if the issuer has no such key.
     *
     * @throws MeshException with {@link ErrorCode#UPSTREAM_UNREACHABLE} if that cannot be found out
     */
    List<JWK> matching(JWSHeader header) {
        Known current = current();
        String id = header.getKeyID();
        if (id != null && current.keys().stream().noneMatch(key -> id.equals(key.getKeyID()))) {
            current = again(current);
        }
        return current.keys().stream()
                .filter(key -> id == null || id.equals(key.getKeyID()))
                .filter(key -> fits(key, header.getAlgorithm()))
                .limit(MAX_TRIED)
                .toList();
    }

    private Known current() {
        Known here = known;
        if (here != null && isWithin(here.fetchedAt(), FRESH)) {
            return here;
        }
        if (!fetching.tryLock()) { // somebody is at it
            if (here != null && isWithin(here.fetchedAt(), STALE)) {
                return here;
            }
            // Not all wait: anybody can show what looks like a token, and threads are few.
            if (!waiting.tryAcquire()) {
                return usableOrRefuse(null);
            }
            fetching.lock();
            waiting.release();
        }
        try {
            Known found = known;
            if (found != null && isWithin(found.fetchedAt(), FRESH)) {
                return found;
            }
            boolean usable = found != null && isWithin(found.fetchedAt(), STALE);
            return fetchUnlessTriedWithin(usable ? THROTTLE : RETRY)
                    .orElseGet(() -> usableOrRefuse(usable ? found : null));
        } finally {
            fetching.unlock();
        }
    }

    private Known again(Known before) {
        Instant last = attemptedAt;
        if (last != null && isWithin(last, THROTTLE) || !fetching.tryLock()) {
            return before;
        }
        try {
            Known found = known;
            if (found != null && found != before) {
                return found;
            }
            return fetchUnlessTriedWithin(THROTTLE).orElse(before);
        } finally {
            fetching.unlock();
        }
    }

    private Known usableOrRefuse(@Nullable Known usable) {
        if (usable != null) {
            return usable;
        }
        throw new MeshException(
                ErrorCode.UPSTREAM_UNREACHABLE,
                "The keys of the issuer " + issuer + " cannot be fetched for now, so its tokens cannot be checked.",
                "Try again later; the operator finds the reason in the log.",
                RETRY,
                null);
    }

    /** With the lock held. */
    private Optional<Known> fetchUnlessTriedWithin(Duration time) {
        if (attemptedAt != null && isWithin(attemptedAt, time)) {
            return Optional.empty();
        }
        attemptedAt = clock.instant();
        try {
            Known fetched = new Known(fetch(), clock.instant());
            known = fetched;
            return Optional.of(fetched);
        } catch (MeshException e) {
            LOG.warn("the keys of the issuer {} cannot be fetched: {}", issuer, e.sentence());
        } catch (ParseException e) {
            // What it says may quote what was sent.
            LOG.warn("the keys of the issuer {} cannot be fetched: what is at jwks_url is not a JWK set", issuer);
        }
        return Optional.empty();
    }

    private List<JWK> fetch() throws ParseException {
        OutboundResponse answer = outbound.get()
                .send(OutboundRequest.get(url.toString())
                        .header("Accept", "application/jwk-set+json, application/json")
                        .within(TIMEOUT)
                        .maxBytes(MAX_BYTES)
                        .withoutRedirects());
        answer.requireSuccess();
        return JWKSet.parse(answer.text()).getKeys().stream()
                .filter(ExternalKeys::verifies)
                .toList();
    }

    private static boolean verifies(JWK key) {
        boolean strong = key instanceof RSAKey rsa
                ? rsa.size() >= MIN_RSA_BITS
                : key instanceof ECKey || key instanceof OctetKeyPair pair && Curve.Ed25519.equals(pair.getCurve());
        return strong && (key.getKeyUse() == null || KeyUse.SIGNATURE.equals(key.getKeyUse()));
    }

    private static boolean fits(JWK key, JWSAlgorithm algorithm) {
        if (key.getAlgorithm() != null && !key.getAlgorithm().equals(algorithm)) {
            return false;
        }
        if (key instanceof ECKey ec) {
            return Curve.forJWSAlgorithm(algorithm) != null
                    && Curve.forJWSAlgorithm(algorithm).contains(ec.getCurve());
        }
        return key instanceof RSAKey
                ? JWSAlgorithm.Family.RSA.contains(algorithm)
                : JWSAlgorithm.Family.ED.contains(algorithm);
    }

    /** Whether less time than this has passed since then, and the clock was not set back since. */
    private boolean isWithin(Instant then, Duration time) {
        Duration since = Duration.between(then, clock.instant());
        return !since.isNegative() && since.compareTo(time) < 0;
    }
}
