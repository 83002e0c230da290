package dev.devmesh.postgres;

import dev.devmesh.audit.AuditEntry;
import dev.devmesh.audit.AuditFilter;
import dev.devmesh.audit.AuditOutcome;
import dev.devmesh.auth.Tenant;
import dev.devmesh.store.AuditStore;
import dev.devmesh.store.Position;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class PostgresAudit implements AuditStore {

    private static final String INSERT = """
            INSERT INTO audit_log (id, tenant_id, created_at, subject, credential_id, action, object, outcome, detail,
                                   trace_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO NOTHING -- written by a commit whose answer was lost
            """;

    private final PostgresUnit unit;

    PostgresAudit(PostgresUnit unit) {
        this.unit = unit;
    }

    @Override
    public void append(List<AuditEntry> entries) {
        List<@Nullable Object[]> rows = new ArrayList<>(entries.size());
        for (AuditEntry entry : entries) {
            unit.requireMine("an audit entry", entry.tenant());
            rows.add(new Object[] {
                entry.id(),
                unit.tenantId(),
                entry.at(),
                entry.subject(),
                entry.credentialId(),
                entry.action(),
                entry.object(),
                entry.outcome().wireName(),
                entry.detail(),
                entry.trace()
            });
        }
        unit.link().changeEach(INSERT, rows);
    }

    @Override
    public List<AuditEntry> list(AuditFilter filter, @Nullable Position after, int limit) {
        StringBuilder sql = new StringBuilder("""
                SELECT id, tenant_id, created_at, subject, credential_id, action, object, outcome, detail, trace_id
                FROM audit_log
                WHERE tenant_id = ?""");
        List<Object> values = new ArrayList<>(List.of(unit.tenantId()));
        only(sql, values, "subject = ?", filter.subject());
        only(sql, values, "credential_id = ?", filter.credentialId());
        only(sql, values, filter.action().endsWith(".") ? "starts_with(action, ?)" : "action = ?", filter.action());
        only(sql, values, "object = ?", filter.object());
        only(
                sql,
                values,
                "outcome = ?",
                filter.outcome().map(AuditOutcome::wireName).orElse(""));
        bound(sql, values, " AND created_at >= ?", filter.since().orElse(null));
        bound(sql, values, " AND created_at < ?", filter.until().orElse(null));
        if (after != null) {
            sql.append(" AND (created_at, id) < (?, ?)");
            values.add(after.createdAt());
            values.add(after.id());
        }
        sql.append(" ORDER BY created_at DESC, id DESC LIMIT ?");
        values.add(limit);
        return unit.link().list(sql.toString(), PostgresAudit::entry, values.toArray());
    }

    private static void only(StringBuilder sql, List<Object> values, String condition, String value) {
        if (!value.isEmpty()) {
            sql.append(" AND ").append(condition);
            values.add(value);
        }
    }

    private static void bound(StringBuilder sql, List<Object> values, String condition, @Nullable Instant time) {
        if (time != null) {
            sql.append(condition);
            values.add(time);
        }
    }

    private static AuditEntry entry(ResultSet row) throws SQLException {
        String outcome = row.getString("outcome");
        return new AuditEntry(
                row.getString("id"),
                new Tenant(row.getString("tenant_id")),
                Times.from(row, "created_at"),
                row.getString("subject"),
                row.getString("credential_id"),
                row.getString("action"),
                row.getString("object"),
                AuditOutcome.of(outcome)
                        .orElseThrow(() -> new IllegalStateException(
                                "an audit entry has the outcome " + outcome + ", which this version does not know")),
                row.getString("detail"),
                row.getString("trace_id"));
    }
}
