package dev.devmesh.postgres;

import dev.devmesh.call.LogLevel;
import dev.devmesh.store.SessionNotes;
import dev.devmesh.store.SessionStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

final class PostgresSessions implements SessionStore {

    private final PostgresUnit unit;

    PostgresSessions(PostgresUnit unit) {
        this.unit = unit;
    }

    @Override
    public Optional<SessionNotes> find(String id, Instant now) {
        return unit.link().find("""
                SELECT id, level, resources, deleted, expires_at
                FROM mcp_sessions
                WHERE tenant_id = ? AND id = ? AND expires_at > ?""", PostgresSessions::notes, unit.tenantId(), id, now);
    }

    @Override
    public SessionNotes change(String id, Instant now, Instant expiresAt, UnaryOperator<SessionNotes> change) {
        unit.lockName("mcp_sessions", id);
        SessionNotes before =
                find(id, now).orElseGet(() -> SessionNotes.none(id, expiresAt.truncatedTo(ChronoUnit.MICROS)));
        SessionNotes after = change.apply(before);
        if (!after.id().equals(id) || !after.expiresAt().equals(before.expiresAt())) {
            throw new IllegalArgumentException("notes of session " + id + " cannot change its id or its expiry");
        }
        unit.link()
                .change(
                        """
                INSERT INTO mcp_sessions (tenant_id, id, level, resources, deleted, expires_at)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (tenant_id, id) DO UPDATE
                SET level = excluded.level, resources = excluded.resources, deleted = excluded.deleted,
                    expires_at = excluded.expires_at""",
                        unit.tenantId(),
                        id,
                        after.level().map(LogLevel::wireName).orElse(null),
                        Rows.texts(after.resources()),
                        after.deleted(),
                        after.expiresAt());
        return after;
    }

    private static SessionNotes notes(ResultSet row) throws SQLException {
        return new SessionNotes(
                row.getString("id"),
                Optional.ofNullable(row.getString("level")).flatMap(LogLevel::ofWireName),
                Set.copyOf(Rows.texts(row, "resources")),
                row.getBoolean("deleted"),
                Times.from(row, "expires_at"));
    }
}
