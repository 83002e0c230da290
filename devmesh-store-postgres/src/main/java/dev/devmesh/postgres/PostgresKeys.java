package dev.devmesh.postgres;

import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.KeyStanding;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.store.ApiKeyStore;
import dev.devmesh.store.Position;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class PostgresKeys implements ApiKeyStore {

    private static final String SELECT = """
            SELECT key_id, tenant_id, user_id, name, key_hash, scopes, plan, created_at, expires_at, revoked_at,
                   last_used_at
            FROM api_keys
            """;

    private final PostgresUnit unit;

    PostgresKeys(PostgresUnit unit) {
        this.unit = unit;
    }

    /** The key of this hash, whosever it is: for the system role. */
    static Optional<KeyStanding> byHash(Link link, String sha256) {
        return link.find(SELECT + "WHERE key_hash = ?", PostgresKeys::standing, sha256);
    }

    /** The key of this id, whosever it is: for the system role. */
    static Optional<KeyStanding> byId(Link link, String id) {
        return link.find(SELECT + "WHERE key_id = ?", PostgresKeys::standing, id);
    }

    private static KeyStanding standing(ResultSet row) throws SQLException {
        return new KeyStanding(key(row), Standing.good());
    }

    /** Notes a later use. One that is being changed is left alone: the next use, a minute later, is noted again. */
    static void used(Link link, String keyId, Instant when) {
        link.change("""
                UPDATE api_keys SET last_used_at = ?
                WHERE key_id = (SELECT key_id FROM api_keys
                                WHERE key_id = ? AND (last_used_at IS NULL OR last_used_at < ?)
                                FOR NO KEY UPDATE SKIP LOCKED)""", when, keyId, when);
    }

    @Override
    public boolean insert(ApiKey key) {
        unit.requireMine("a key", key.tenant());
        int inserted = unit.link()
                .change(
                        """
                INSERT INTO api_keys (key_id, tenant_id, user_id, name, key_hash, scopes, plan, created_at, expires_at,
                                      revoked_at, last_used_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING""",
                        key.id(),
                        unit.tenantId(),
                        key.userId(),
                        key.name(),
                        key.hash(),
                        Rows.texts(key.scopes().names()),
                        key.plan(),
                        key.createdAt(),
                        key.expiresAt().orElse(null),
                        key.revokedAt().orElse(null),
                        key.lastUsedAt().orElse(null));
        if (inserted == 0 && find(key.id()).isPresent()) {
            throw new IllegalStateException("there is a key " + key.id() + " already; use a new id");
        }
        return inserted > 0;
    }

    @Override
    public Optional<ApiKey> find(String id) {
        return unit.link().find(SELECT + "WHERE tenant_id = ? AND key_id = ?", PostgresKeys::key, unit.tenantId(), id);
    }

    @Override
    public Optional<ApiKey> lock(String id) {
        return unit.link()
                .find(
                        SELECT + "WHERE tenant_id = ? AND key_id = ? FOR NO KEY UPDATE",
                        PostgresKeys::key,
                        unit.tenantId(),
                        id);
    }

    @Override
    public Optional<ApiKey> findByHash(String sha256) {
        return unit.link()
                .find(SELECT + "WHERE tenant_id = ? AND key_hash = ?", PostgresKeys::key, unit.tenantId(), sha256);
    }

    @Override
    public List<ApiKey> list(@Nullable Position after, int limit) {
        List<Object> values = new ArrayList<>(List.of(unit.tenantId()));
        String behind = "";
        if (after != null) {
            behind = " AND (created_at, key_id) < (?, ?)";
            values.add(after.createdAt());
            values.add(after.id());
        }
        values.add(limit);
        return unit.link()
                .list(
                        SELECT + "WHERE tenant_id = ?" + behind + " ORDER BY created_at DESC, key_id DESC LIMIT ?",
                        PostgresKeys::key,
                        values.toArray());
    }

    @Override
    public void update(ApiKey key) {
        int updated = unit.link()
                .change(
                        """
                UPDATE api_keys SET user_id = ?, name = ?, scopes = ?, plan = ?, expires_at = ?, revoked_at = ?
                WHERE tenant_id = ? AND key_id = ?""",
                        key.userId(),
                        key.name(),
                        Rows.texts(key.scopes().names()),
                        key.plan(),
                        key.expiresAt().orElse(null),
                        key.revokedAt().orElse(null),
                        unit.tenantId(),
                        key.id());
        if (updated == 0) {
            throw new IllegalStateException("there is no key " + key.id() + " to change; lock it first");
        }
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        return new ApiKey(
                row.getString("key_id"),
                new Tenant(row.getString("tenant_id")),
                row.getString("user_id"),
                row.getString("name"),
                row.getString("key_hash"),
                Scopes.of(Rows.texts(row, "scopes")),
                row.getString("plan"),
                Times.from(row, "created_at"),
                Times.optionalFrom(row, "expires_at"),
                Times.optionalFrom(row, "revoked_at"),
                Times.optionalFrom(row, "last_used_at"));
    }

    @Override
    public List<String> revokeAllOf(String userId, Instant when) {
        return unit.link()
                .list(
                        "UPDATE api_keys SET revoked_at = ? WHERE tenant_id = ? AND user_id = ? AND revoked_at IS NULL"
                                + " RETURNING key_id",
                        row -> row.getString("key_id"),
                        when,
                        unit.tenantId(),
                        userId);
    }
}
