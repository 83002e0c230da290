package dev.devmesh.postgres;

import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.store.RefreshTokenStore;
import dev.devmesh.token.RefreshToken;
import dev.devmesh.token.TokenFamily;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

final class PostgresRefreshTokens implements RefreshTokenStore {

    private static final String SELECT_FAMILY =
            "SELECT id, tenant_id, key_id, scopes, created_at, expires_at, revoked_at FROM token_families ";
    private static final String SELECT_TOKEN =
            "SELECT token_hash, tenant_id, family_id, generation, created_at, used_at FROM refresh_tokens ";

    private final PostgresUnit unit;

    PostgresRefreshTokens(PostgresUnit unit) {
        this.unit = unit;
    }

    /** The token of this hash, whosever it is: for the system role. */
    static Optional<RefreshToken> byHash(Link link, String sha256) {
        return link.find(SELECT_TOKEN + "WHERE token_hash = ?", PostgresRefreshTokens::token, sha256);
    }

    /** The family of this id, whosever it is: for the system role. */
    static Optional<TokenFamily> family(Link link, String id) {
        return link.find(SELECT_FAMILY + "WHERE id = ?", PostgresRefreshTokens::family, id);
    }

    @Override
    public void begin(TokenFamily family, RefreshToken first) {
        unit.requireMine("a family of tokens", family.tenant());
        unit.requireMine("a refresh token", first.tenant());
        requireSame(family.id(), first);
        int inserted = unit.link()
                .change(
                        """
                INSERT INTO token_families (id, tenant_id, key_id, scopes, created_at, expires_at, revoked_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING""",
                        family.id(),
                        unit.tenantId(),
                        family.keyId(),
                        Rows.texts(family.scopes().names()),
                        family.createdAt(),
                        family.expiresAt(),
                        family.revokedAt().orElse(null));
        if (inserted == 0) {
            throw new IllegalStateException("there is a family of tokens " + family.id() + " already; use a new id");
        }
        insert(first);
    }

    private void insert(RefreshToken token) {
        int inserted = unit.link()
                .change(
                        """
                INSERT INTO refresh_tokens (token_hash, tenant_id, family_id, generation, created_at, used_at)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING""",
                        token.hash(),
                        unit.tenantId(),
                        token.familyId(),
                        token.generation(),
                        token.createdAt(),
                        token.usedAt().orElse(null));
        if (inserted == 0) {
            throw new IllegalStateException("there is a refresh token of this hash already");
        }
    }

    @Override
    public Optional<TokenFamily> lock(String familyId) {
        return unit.link()
                .find(
                        SELECT_FAMILY + "WHERE tenant_id = ? AND id = ? FOR NO KEY UPDATE",
                        PostgresRefreshTokens::family,
                        unit.tenantId(),
                        familyId);
    }

    @Override
    public Optional<RefreshToken> find(String sha256) {
        return unit.link()
                .find(
                        SELECT_TOKEN + "WHERE tenant_id = ? AND token_hash = ?",
                        PostgresRefreshTokens::token,
                        unit.tenantId(),
                        sha256);
    }

    @Override
    public void replace(RefreshToken used, Instant when, RefreshToken successor) {
        unit.requireMine("a refresh token", successor.tenant());
        requireSame(used.familyId(), successor);
        int updated = unit.link()
                .change(
                        "UPDATE refresh_tokens SET used_at = ?"
                                + " WHERE tenant_id = ? AND token_hash = ? AND used_at IS NULL",
                        when,
                        unit.tenantId(),
                        used.hash());
        if (updated == 0) {
            throw new IllegalStateException(
                    "there is no unused refresh token of family " + used.familyId() + " to replace");
        }
        insert(successor);
    }

    @Override
    public void revoke(String familyId, Instant when) {
        unit.link()
                .change(
                        "UPDATE token_families SET revoked_at = ?"
                                + " WHERE tenant_id = ? AND id = ? AND revoked_at IS NULL",
                        when,
                        unit.tenantId(),
                        familyId);
    }

    private static void requireSame(String familyId, RefreshToken token) {
        if (!token.familyId().equals(familyId)) {
            throw new IllegalArgumentException(
                    "a refresh token of family " + token.familyId() + " does not belong to family " + familyId);
        }
    }

    private static TokenFamily family(ResultSet row) throws SQLException {
        return new TokenFamily(
                row.getString("id"),
                new Tenant(row.getString("tenant_id")),
                row.getString("key_id"),
                Scopes.of(Rows.texts(row, "scopes")),
                Times.from(row, "created_at"),
                Times.from(row, "expires_at"),
                Times.optionalFrom(row, "revoked_at"));
    }

    private static RefreshToken token(ResultSet row) throws SQLException {
        return new RefreshToken(
                row.getString("token_hash"),
                new Tenant(row.getString("tenant_id")),
                row.getString("family_id"),
                row.getInt("generation"),
                Times.from(row, "created_at"),
                Times.optionalFrom(row, "used_at"));
    }
}
