package dev.devmesh.audit;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What an entry must be like to be listed: everything that is given must hold.
 *
 * <p>Immutable.
 *
 * @param subject only what this subject did; empty for all
 * @param credentialId only what was done with this credential; empty for all
 * @param action only this action, or with {@code key.} all that begin so; empty for all
 * @param object only what was done to exactly this; empty for all
 * @param outcome only what went so
 * @param since only what was done then or later
 * @param until only what was done before
 */
public record AuditFilter(
        String subject,
        String credentialId,
        String action,
        String object,
        Optional<AuditOutcome> outcome,
        Optional<Instant> since,
        Optional<Instant> until) {

    private static final AuditFilter ALL =
            new AuditFilter("", "", "", "", Optional.empty(), Optional.empty(), Optional.empty());

    /** Checks that nothing is missing. */
    public AuditFilter {
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(credentialId, "credentialId");
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(object, "object");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(until, "until");
    }

    /** Everything. */
    public static AuditFilter all() {
        return ALL;
    }

    /** This filter, of one subject's acts only. */
    public AuditFilter subject(String only) {
        return new AuditFilter(only, credentialId, action, object, outcome, since, until);
    }

    /** This filter, of acts with one credential only. */
    public AuditFilter credential(String only) {
        return new AuditFilter(subject, only, action, object, outcome, since, until);
    }

    /** This filter, of one action only, or with a dot at the end of all that begin so. */
    public AuditFilter action(String only) {
        return new AuditFilter(subject, credentialId, only, object, outcome, since, until);
    }

    /** This filter, of acts on one object only. */
    public AuditFilter object(String only) {
        return new AuditFilter(subject, credentialId, action, only, outcome, since, until);
    }

    /** This filter, of acts that went so only. */
    public AuditFilter outcome(AuditOutcome only) {
        return new AuditFilter(subject, credentialId, action, object, Optional.of(only), since, until);
    }

    /** This filter, of acts at {@code from} or later and before {@code to}; an empty bound is none. */
    public AuditFilter between(Optional<Instant> from, Optional<Instant> to) {
        return new AuditFilter(subject, credentialId, action, object, outcome, from, to);
    }

    /** Whether the entry is one of these. */
    public boolean matches(AuditEntry entry) {
        return (subject.isEmpty() || subject.equals(entry.subject()))
                && (credentialId.isEmpty() || credentialId.equals(entry.credentialId()))
                && (action.endsWith(".")
                        ? entry.action().startsWith(action)
                        : action.isEmpty() || action.equals(entry.action()))
                && (object.isEmpty() || object.equals(entry.object()))
                && (outcome.isEmpty() || outcome.get() == entry.outcome())
                && (since.isEmpty() || !entry.at().isBefore(since.get()))
                && (until.isEmpty() || entry.at().isBefore(until.get()));
    }
}
