package dev.devmesh.inmemory;

import dev.devmesh.store.RefreshTokenStore;
import dev.devmesh.token.RefreshToken;
import dev.devmesh.token.TokenFamily;
import java.time.Instant;
import java.util.Optional;

final class InMemoryRefreshTokens implements RefreshTokenStore {

    private final UnitOfWork unit;

    InMemoryRefreshTokens(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public void begin(TokenFamily family, RefreshToken first) {
        unit.requireMine("a family of tokens", family.tenant());
        unit.requireMine("a refresh token", first.tenant());
        requireSame(family.id(), first);
        unit.write().insertFamily(family, first);
    }

    @Override
    public Optional<TokenFamily> lock(String familyId) {
        return Optional.ofNullable(unit.write().tokenFamilies.get(familyId))
                .map(Tables.StoredFamily::family)
                .filter(family -> family.tenant().equals(unit.tenant()));
    }

    @Override
    public Optional<RefreshToken> find(String sha256) {
        return Optional.ofNullable(unit.read().token(sha256))
                .filter(token -> token.tenant().equals(unit.tenant()));
    }

    @Override
    public void replace(RefreshToken used, Instant when, RefreshToken successor) {
        unit.requireMine("a refresh token", successor.tenant());
        requireSame(used.familyId(), successor);
        Tables tables = unit.write();
        RefreshToken stored = find(used.hash())
                .filter(token -> token.usedAt().isEmpty())
                .orElseThrow(() -> new IllegalStateException(
                        "there is no unused refresh token of family " + used.familyId() + " to replace"));
        tables.insertToken(successor);
        tables.putToken(stored.used(when));
    }

    @Override
    public void revoke(String familyId, Instant when) {
        lock(familyId)
                .filter(family -> family.revokedAt().isEmpty())
                .ifPresent(family -> unit.write().updateFamily(family.revoked(when)));
    }

    private static void requireSame(String familyId, RefreshToken token) {
        if (!token.familyId().equals(familyId)) {
            throw new IllegalArgumentException(
                    "a refresh token of family " + token.familyId() + " does not belong to family " + familyId);
        }
    }
}
