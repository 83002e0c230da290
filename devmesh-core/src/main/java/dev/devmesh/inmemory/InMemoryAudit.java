package dev.devmesh.inmemory;

import dev.devmesh.audit.AuditEntry;
import dev.devmesh.audit.AuditFilter;
import dev.devmesh.store.AuditStore;
import dev.devmesh.store.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class InMemoryAudit implements AuditStore {

    private final UnitOfWork unit;

    InMemoryAudit(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public void append(List<AuditEntry> entries) {
        entries.forEach(entry -> unit.requireMine("an audit entry", entry.tenant()));
        Tables tables = unit.write();
        entries.forEach(tables::appendAudit);
    }

    @Override
    public List<AuditEntry> list(AuditFilter filter, @Nullable Position after, int limit) {
        Tables tables = unit.read();
        List<AuditEntry> page = new ArrayList<>();
        for (Tree.Node<Position, AuditEntry> node :
                after == null ? tables.audit.entries() : tables.audit.above(after)) {
            if (page.size() >= limit) {
                break;
            }
            if (node.value.tenant().equals(unit.tenant()) && filter.matches(node.value)) {
                page.add(node.value);
            }
        }
        return page;
    }
}
