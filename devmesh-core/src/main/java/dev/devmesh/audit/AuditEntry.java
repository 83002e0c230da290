package dev.devmesh.audit;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.LogTrace;
import dev.devmesh.store.Ids;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One act: who did what to which object, with which credential, and how it went. Never an argument, a result or a secret.
 *
 * <p>Some of what it says was chosen by callers, such as the name of a tool that does not exist. So that an entry can always be kept, longer
 * texts are cut off, and what no store or no line could hold is a question mark.
 *
 * <p>Immutable.
 *
 * @param id unique in the mesh
 * @param tenant whose log it is in
 * @param at when, to the microsecond
 * @param subject who; {@value #ANONYMOUS} for a caller who is not known
 * @param credentialId what the caller showed, by its id; empty where that is not known
 * @param action what was done, as {@code thing.verb}, for example {@code key.create}
 * @param object to what, by its id or name; empty where there is nothing to name
 * @param outcome how it went
 * @param detail more about it, for people; may be empty
 * @param trace the id of the trace that it belongs to; empty where there is none
 */
public record AuditEntry(
        String id,
        Tenant tenant,
        Instant at,
        String subject,
        String credentialId,
        String action,
        String object,
        AuditOutcome outcome,
        String detail,
        String trace) {

    /** The subject of who is not known. */
    public static final String ANONYMOUS = "anonymous";

    /** The most characters of a subject, a credential, an object. */
    public static final int MAX_NAME = 256;

    /** The most characters of a detail. */
    public static final int MAX_DETAIL = 500;

    private static final Pattern ACTION = Pattern.compile("[a-z_]{1,32}\\.[a-z_]{1,32}");

    /** Checks the action and brings everything into a form that can be kept. */
    public AuditEntry {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(outcome, "outcome");
        if (!ACTION.matcher(action).matches()) {
            throw new IllegalArgumentException("an action looks like key.create, not '" + action + "'");
        }
        at = at.truncatedTo(ChronoUnit.MICROS);
        subject = kept(subject, MAX_NAME);
        credentialId = kept(credentialId, MAX_NAME);
        object = kept(object, MAX_NAME);
        detail = kept(detail, MAX_DETAIL);
        trace = kept(trace, MAX_NAME);
    }

    /**
     * The principal did this, now, in the trace that the log of this thread has. To be appended in the unit of work that does it.
     *
     * @param action as {@code thing.verb}
     * @param object the id or name of what it was done to, or empty
     */
    public static AuditEntry of(Principal principal, String action, String object, Instant now) {
        return new AuditEntry(
                Ids.next("audit_"),
                principal.tenant(),
                now,
                principal.subject(),
                principal.credentialId(),
                action,
                object,
                AuditOutcome.OK,
                "",
                LogTrace.current());
    }

    /** This entry, which says more. */
    public AuditEntry detail(String text) {
        return new AuditEntry(id, tenant, at, subject, credentialId, action, object, outcome, text, trace);
    }

    /** This entry, which went so. */
    public AuditEntry outcome(AuditOutcome how) {
        return new AuditEntry(id, tenant, at, subject, credentialId, action, object, how, detail, trace);
    }

    /** This entry, in the log of another tenant: of one who administers several. */
    public AuditEntry in(Tenant other) {
        return new AuditEntry(id, other, at, subject, credentialId, action, object, outcome, detail, trace);
    }

    private static String kept(String text, int longest) {
        if (text.length() <= longest && isSound(text)) {
            return text;
        }
        StringBuilder kept = new StringBuilder(Math.min(text.length(), longest));
        for (int i = 0; i < text.length() && kept.length() < longest; i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))
                    && kept.length() + 1 < longest) {
                kept.append(c).append(text.charAt(++i));
            } else {
                kept.append(Character.isSurrogate(c) || Character.isISOControl(c) ? '?' : c);
            }
        }
        return kept.toString();
    }

    private static boolean isSound(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }
}
