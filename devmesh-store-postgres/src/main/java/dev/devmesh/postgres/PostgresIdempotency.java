package dev.devmesh.postgres;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.store.IdempotencyStore;
import dev.devmesh.store.IdempotentAnswer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

final class PostgresIdempotency implements IdempotencyStore {

    private final PostgresUnit unit;

    PostgresIdempotency(PostgresUnit unit) {
        this.unit = unit;
    }

    @Override
    public Optional<IdempotentAnswer> lock(String caller, String key, Instant now) {
        try {
            unit.lockName("idempotency_keys", caller, key);
        } catch (MeshException busy) {
            if (busy.code() != ErrorCode.DATABASE_BUSY) {
                throw busy;
            }
            // Another node works on the same request, longer than a lock is waited for.
            throw new MeshException(
                    ErrorCode.IDEMPOTENCY_IN_PROGRESS,
                    "A request with this idempotency key is being worked on.",
                    "Send it again after the time that Retry-After says.",
                    Duration.ofSeconds(1),
                    busy);
        }
        return unit.link().find("""
                SELECT caller, key, request_hash, status, headers, body, expires_at
                FROM idempotency_keys
                WHERE tenant_id = ? AND caller = ? AND key = ? AND expires_at > ?""", PostgresIdempotency::answer, unit.tenantId(), caller, key, now);
    }

    @Override
    public void record(IdempotentAnswer answer, Instant now) {
        int recorded = unit.link()
                .change(
                        """
                INSERT INTO idempotency_keys (tenant_id, caller, key, request_hash, status, headers, body, context_id,
                                              expires_at)
                VALUES (?, ?, ?, ?, ?, ?::json, ?, ?, ?)
                ON CONFLICT (tenant_id, caller, key) DO UPDATE
                SET request_hash = excluded.request_hash, status = excluded.status, headers = excluded.headers,
                    body = excluded.body, context_id = excluded.context_id, expires_at = excluded.expires_at
                WHERE idempotency_keys.expires_at <= ?""",
                        unit.tenantId(),
                        answer.caller(),
                        answer.key(),
                        answer.requestHash(),
                        answer.status(),
                        Rows.json(answer.headers()),
                        answer.body(),
                        answer.contextId().orElse(null),
                        answer.expiresAt(),
                        now);
        if (recorded == 0) {
            throw new IllegalStateException("there is an answer for this idempotency key already; lock the key first");
        }
    }

    private static IdempotentAnswer answer(ResultSet row) throws SQLException {
        Map<String, String> headers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> header : Rows.object(row, "headers").properties()) {
            headers.put(header.getKey(), header.getValue().stringValue());
        }
        return new IdempotentAnswer(
                row.getString("caller"),
                row.getString("key"),
                row.getString("request_hash"),
                row.getInt("status"),
                headers,
                row.getString("body"),
                Times.from(row, "expires_at"));
    }
}
