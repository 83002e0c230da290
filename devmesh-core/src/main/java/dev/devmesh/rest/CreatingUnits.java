package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.store.IdempotentAnswer;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.text.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs what creates something, in a unit of work. With an idempotency key the answer is kept in that same unit, so that the request,
 * sent again, is answered and not done again.
 *
 * <p>Two requests of one key at the same time: in one process the later is told so at once; of two processes the later waits for
 * the unit of the earlier, by the store's lock, and is then answered the same.
 *
 * <p>Safe for use by many threads.
 */
final class CreatingUnits {

    /** How long an answer is kept. */
    static final Duration KEPT = Duration.ofHours(24);

    private static final String REPLAYED = "Idempotent-Replayed";

    private final Store store;
    private final InstantSource clock;
    private final Set<Key> underWay = ConcurrentHashMap.newKeySet();

    private record Key(String tenant, String caller, String key) {}

    CreatingUnits(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    RestResponse run(RestCall call, Work.Creating work, Optional<String> idempotencyKey, String requestHash) {
        if (idempotencyKey.isEmpty()) {
            return inUnit(call.principal(), unit -> work.handle(call, unit));
        }
        Principal principal = call.principal();
        Key key = new Key(principal.tenant().id(), principal.credentialId(), checked(idempotencyKey.get()));
        if (!underWay.add(key)) {
            throw new MeshException(
                    ErrorCode.IDEMPOTENCY_IN_PROGRESS,
                    "A request with this idempotency key is being worked on.",
                    "Send it again after the time that Retry-After says.",
                    Duration.ofSeconds(1),
                    null);
        }
        try {
            return inUnit(principal, unit -> once(call, work, unit, key, requestHash));
        } finally {
            underWay.remove(key);
        }
    }

    private RestResponse once(RestCall call, Work.Creating work, RestUnit unit, Key key, String requestHash) {
        StoreSession session = unit.session();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Optional<IdempotentAnswer> kept = session.idempotency().lock(key.caller(), key.key(), now);
        if (kept.isPresent()) {
            return replay(kept.get(), requestHash);
        }
        RestResponse answer = work.handle(call, unit);
        session.idempotency()
                .record(
                        new IdempotentAnswer(
                                key.caller(),
                                key.key(),
                                requestHash,
                                answer.status(),
                                answer.headers(),
                                new String(answer.body(), StandardCharsets.UTF_8),
                                now.plus(KEPT)),
                        now);
        return answer;
    }

    private static RestResponse replay(IdempotentAnswer kept, String requestHash) {
        if (!kept.requestHash().equals(requestHash)) {
            throw new MeshException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "This idempotency key was used for another request.",
                    "Use a new key for a new request; send the same bytes again to have the same answer.");
        }
        return new RestResponse(kept.status(), kept.headers(), kept.body().getBytes(StandardCharsets.UTF_8))
                .with(REPLAYED, "true");
    }

    private interface InUnit {
        RestResponse run(RestUnit unit);
    }

    private RestResponse inUnit(Principal principal, InUnit work) {
        List<Runnable> afterCommit = new ArrayList<>();
        RestResponse answer =
                store.inTransaction(principal.tenant(), session -> work.run(new RestUnit(session, afterCommit::add)));
        afterCommit.forEach(Runnable::run);
        return answer;
    }

    private static String checked(String key) {
        if (key.isEmpty() || key.length() > 255 || !key.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    "An idempotency key has 1 to 255 visible ASCII characters.",
                    "Use a random one for each request, for example a UUID.");
        }
        return key;
    }

    /** What two requests share that are the same. */
    static String hash(RestRequest request, RestPath path) {
        MessageDigest digest = Sha256.begin();
        digest.update((request.method() + "\n" + path.text() + "\n").getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest(request.body()));
    }
}
