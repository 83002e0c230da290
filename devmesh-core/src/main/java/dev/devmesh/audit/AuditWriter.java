package dev.devmesh.audit;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshListener;
import dev.devmesh.limit.SourceAddress;
import dev.devmesh.store.Ids;
import dev.devmesh.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the audit log what is told by events: calls of tools, changes of contexts, and refusals. What holds:
 *
 * <ol>
 *   <li>Telling neither waits nor fails: at most {@value #CAPACITY} acts wait, what comes beyond is lost, and counted.
 *   <li>An act is in the store within a second while the store answers, and at {@link #close()}. When the process is killed, what was not
 *       yet written is lost. What must not be lost is appended in the unit of work that does it, not here.
 *   <li>While the store is away acts wait, up to the same number.
 *   <li>Of refusals that are the same in all but their time the first is written at once, the others as one number once a minute, and
 *       no more than {@value #DENIALS} different ones are told apart: who floods the server does not flood its log.
 * </ol>
 *
 * <p>Safe for use by many threads.
 */
public final class AuditWriter implements MeshListener, AutoCloseable {

    /** How many acts may wait. */
    public static final int CAPACITY = 10_000;

    /** How many different refusals are told apart within a minute. */
    public static final int DENIALS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(AuditWriter.class);

    private static final Duration GATHER = Duration.ofMillis(200);
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration SAME = Duration.ofMinutes(1);
    private static final Duration LAST_WORD = Duration.ofSeconds(5);
    private static final int BATCH = 1_000;

    /** So many that wait are not left to wait for more. */
    private static final int ENOUGH = CAPACITY / 4;

    private final Store store;
    private final InstantSource clock;
    private final boolean calls;
    private final LongConsumer onLost;
    private final BlockingQueue<Act> told = new LinkedBlockingQueue<>(CAPACITY);
    private final LongAdder lost = new LongAdder();
    private final Thread thread = new Thread(this::run, "devmesh-audit");
    private volatile boolean ending;
    private volatile boolean away;

    // of the thread
    private final Map<Denial, Repeats> denials = new LinkedHashMap<>();
    private List<AuditEntry> waiting = new ArrayList<>();
    private String batch = "";
    private int numbered;

    /** What was told, and when. */
    private record Act(Instant at, MeshEvent event) {}

    /** What equal refusals have in common. */
    private record Denial(
            Tenant tenant,
            String subject,
            String credential,
            String action,
            String object,
            ErrorCode code,
            String address) {}

    private record Repeats(AuditEntry first, Instant until, LongAdder more) {}

    /**
     * @param store not closed here
     * @param calls whether calls of tools that went well are written, too
     * @param onLost hears how many acts were lost, each time some were
     */
    public AuditWriter(Store store, InstantSource clock, boolean calls, LongConsumer onLost) {
        this.store = store;
        this.clock = clock;
        this.calls = calls;
        this.onLost = onLost;
        thread.setDaemon(true);
    }

    /** Begins to write. */
    public void start() {
        thread.start();
    }

    @Override
    public void on(MeshEvent event) {
        if (!isAct(event)) {
            return;
        }
        if (!told.offer(new Act(clock.instant(), event))) {
            lost.increment();
        } else if (told.size() >= ENOUGH && !away) {
            LockSupport.unpark(thread);
        }
    }

    private boolean isAct(MeshEvent event) {
        if (event instanceof MeshEvent.CallEnded call) {
            return call.kind() == CallPolicy.Kind.TOOL
                            && (calls || call.isError() || call.failure().isPresent())
                    || call.failure().filter(AuditWriter::isDenial).isPresent();
        }
        return event instanceof MeshEvent.ContextChanged
                || event instanceof MeshEvent.RequestRefused refused && isDenial(refused.code());
    }

    private static boolean isDenial(ErrorCode code) {
        return code.status() == 401 || code.status() == 403 || code.status() == 429;
    }

    // ---- the thread

    private void run() {
        boolean last = false;
        while (!last) {
            LockSupport.parkNanos((away ? AGAIN : GATHER).toNanos());
            last = ending;
            round(last);
        }
        end();
    }

    private void round(boolean last) {
        batch = Ids.next("audit_");
        numbered = 0;
        List<Act> acts = new ArrayList<>();
        told.drainTo(acts);
        acts.forEach(this::take);
        Instant now = clock.instant();
        repeatsUntil(last ? Instant.MAX : now);
        away = !write();
        tellLost();
    }

    private void end() {
        if (!waiting.isEmpty()) {
            lost.add(waiting.size());
            tellLost();
        }
    }

    /** Random once for all that are written together: acts of one moment keep their order. */
    private String nextId() {
        return batch + '_' + (100_000 + numbered++);
    }

    private void take(Act act) {
        if (act.event() instanceof MeshEvent.CallEnded call) {
            AuditEntry entry =
                    entry(act, Optional.of(call.principal()), action(call.kind()), call.name(), call.trace());
            if (call.failure().isPresent()) {
                failed(entry, call.failure().get(), "");
            } else {
                keep(call.isError() ? entry.outcome(AuditOutcome.FAILED) : entry);
            }
        } else if (act.event() instanceof MeshEvent.ContextChanged change) {
            keep(entry(act, Optional.of(change.principal()), "context." + change.verb(), change.id(), change.trace()));
        } else if (act.event() instanceof MeshEvent.RequestRefused refused) {
            failed(
                    entry(act, refused.principal(), "request.refuse", refused.what(), refused.trace()),
                    refused.code(),
                    refused.remoteAddress());
        }
    }

    private static String action(CallPolicy.Kind kind) {
        return switch (kind) {
            case TOOL -> "tool.call";
            case PROMPT -> "prompt.get";
            case RESOURCE -> "resource.read";
            case COMPLETION -> "completion.complete";
        };
    }

    private AuditEntry entry(Act act, Optional<Principal> who, String action, String object, String trace) {
        return new AuditEntry(
                nextId(),
                who.map(Principal::tenant).orElse(Tenant.single()),
                act.at(),
                who.map(Principal::subject).orElse(AuditEntry.ANONYMOUS),
                who.map(Principal::credentialId).orElse(""),
                action,
                object,
                AuditOutcome.OK,
                "",
                trace);
    }

    private void failed(AuditEntry entry, ErrorCode code, String address) {
        String detail = address.isEmpty() ? code.wireName() : code.wireName() + " from " + address;
        if (!isDenial(code)) {
            keep(entry.outcome(AuditOutcome.FAILED).detail(detail));
            return;
        }
        Denial same = new Denial(
                entry.tenant(),
                entry.subject(),
                entry.credentialId(),
                entry.action(),
                entry.object(),
                code,
                SourceAddress.of(address));
        AuditEntry first = entry.outcome(AuditOutcome.DENIED).detail(detail);
        // Half of the places are for known callers: whoever has no credential cannot make them nameless.
        int places = entry.credentialId().isEmpty() ? DENIALS / 2 : DENIALS;
        if (denials.size() >= places && !denials.containsKey(same)) {
            same = new Denial(entry.tenant(), AuditEntry.ANONYMOUS, "", entry.action(), "", code, "");
            first = new AuditEntry(
                    entry.id(),
                    entry.tenant(),
                    entry.at(),
                    AuditEntry.ANONYMOUS,
                    "",
                    entry.action(),
                    "",
                    AuditOutcome.DENIED,
                    code.wireName() + ": too many different callers and objects to name them",
                    "");
        }
        Repeats repeats = denials.get(same);
        if (repeats == null) {
            denials.put(same, new Repeats(first, entry.at().plus(SAME), new LongAdder()));
            keep(first);
        } else {
            repeats.more().increment();
        }
    }

    /** Writes how often refusals came again whose minute is over; in the order in which they began. */
    private void repeatsUntil(Instant now) {
        var all = denials.values().iterator();
        while (all.hasNext()) {
            Repeats repeats = all.next();
            if (repeats.until().isAfter(now)) {
                return;
            }
            all.remove();
            long more = repeats.more().sum();
            if (more > 0) {
                AuditEntry first = repeats.first();
                keep(new AuditEntry(
                        nextId(),
                        first.tenant(),
                        clock.instant(),
                        first.subject(),
                        first.credentialId(),
                        first.action(),
                        first.object(),
                        first.outcome(),
                        first.detail() + ", " + more + " more since " + first.at(),
                        ""));
            }
        }
    }

    private void keep(AuditEntry entry) {
        if (waiting.size() < CAPACITY) {
            waiting.add(entry);
        } else {
            lost.increment();
        }
    }

    /** False if the store cannot take it now. */
    private boolean write() {
        Map<Tenant, List<AuditEntry>> byTenant = new LinkedHashMap<>();
        waiting.forEach(entry -> byTenant.computeIfAbsent(entry.tenant(), tenant -> new ArrayList<>())
                .add(entry));
        List<AuditEntry> kept = new ArrayList<>();
        for (Map.Entry<Tenant, List<AuditEntry>> part : byTenant.entrySet()) {
            List<AuditEntry> entries = part.getValue();
            for (int from = 0; from < entries.size(); from += BATCH) {
                List<AuditEntry> batch = entries.subList(from, Math.min(from + BATCH, entries.size()));
                if (kept.isEmpty() && !append(part.getKey(), batch) || !kept.isEmpty()) {
                    kept.addAll(batch);
                }
            }
        }
        waiting = kept;
        return kept.isEmpty();
    }

    /** False if it is worth another try. */
    private boolean append(Tenant tenant, List<AuditEntry> entries) {
        try {
            return store.inTransaction(tenant, session -> {
                session.audit().append(entries);
                return true;
            });
        } catch (MeshException away) {
            LOG.debug("The audit log cannot be written now", away);
            if (away.code().status() == 503) {
                return false;
            }
            return isGivenUp(entries, away);
        } catch (RuntimeException e) {
            return isGivenUp(entries, e);
        }
    }

    private boolean isGivenUp(List<AuditEntry> entries, RuntimeException reason) {
        LOG.error("{} entries of the audit log could not be written", entries.size(), reason);
        lost.add(entries.size());
        return true;
    }

    private void tellLost() {
        long count = lost.sumThenReset();
        if (count > 0) {
            LOG.warn(
                    "The audit log lost {} acts: more came than the store took. They are counted in the metrics.",
                    count);
            onLost.accept(count);
        }
    }

    /** Writes what waits, as far as the store takes it within some seconds, and ends. Calling it twice has no further effect. */
    @Override
    public void close() {
        ending = true;
        LockSupport.unpark(thread);
        if (thread.getState() == Thread.State.NEW) { // of a mesh that was asked without being started
            round(true);
            end();
            return;
        }
        try {
            thread.join(LAST_WORD.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
