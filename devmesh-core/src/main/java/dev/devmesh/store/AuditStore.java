package dev.devmesh.store;

import dev.devmesh.audit.AuditEntry;
import dev.devmesh.audit.AuditFilter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log of who did what in one tenant, within a unit of work: what is appended is there if and only if the unit commits. Nothing in it is
 * changed or removed, until it is past its time.
 *
 * @see SystemStore#purgeAudit
 */
public interface AuditStore {

    /**
     * Adds these entries.
     *
     * @throws IllegalArgumentException if one is of another tenant than the unit of work
     */
    void append(List<AuditEntry> entries);

    /** Adds an entry; see {@link #append(List)}. */
    default void append(AuditEntry entry) {
        append(List.of(entry));
    }

    /**
     * Entries in the order of {@link Position}.
     *
     * @param filter only those that it {@linkplain AuditFilter#matches matches}
     * @param after only those that come after this place; null for the beginning
     * @param limit how many at most
     */
    List<AuditEntry> list(AuditFilter filter, @Nullable Position after, int limit);
}
