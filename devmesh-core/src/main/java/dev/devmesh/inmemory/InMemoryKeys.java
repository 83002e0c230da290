package dev.devmesh.inmemory;

import dev.devmesh.auth.ApiKey;
import dev.devmesh.inmemory.Tables.Listed;
import dev.devmesh.store.ApiKeyStore;
import dev.devmesh.store.Position;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class InMemoryKeys implements ApiKeyStore {

    private final UnitOfWork unit;
    private final LastUses lastUses;

    InMemoryKeys(UnitOfWork unit, LastUses lastUses) {
        this.unit = unit;
        this.lastUses = lastUses;
    }

    @Override
    public boolean insert(ApiKey key) {
        unit.requireMine("a key", key.tenant());
        Tables tables = unit.write();
        if (tables.keys.get(key.id()) != null) {
            throw new IllegalStateException("there is a key " + key.id() + " already; use a new id");
        }
        if (tables.keysByHash.get(key.hash()) != null) {
            return false;
        }
        tables.insertKey(key);
        return true;
    }

    @Override
    public Optional<ApiKey> find(String id) {
        return Optional.ofNullable(unit.read().keys.get(id))
                .filter(this::isMine)
                .map(lastUses::with);
    }

    @Override
    public Optional<ApiKey> lock(String id) {
        unit.write();
        return find(id);
    }

    @Override
    public Optional<ApiKey> findByHash(String sha256) {
        return Optional.ofNullable(unit.read().keysByHash.get(sha256)).flatMap(this::find);
    }

    @Override
    public List<ApiKey> list(@Nullable Position after, int limit) {
        Tables tables = unit.read();
        String tenant = unit.tenant().id();
        List<ApiKey> page = new ArrayList<>();
        for (Tree.Node<Listed, String> entry : Listed.of(tables.keysNewestFirst, tenant, after)) {
            if (page.size() >= limit || !entry.key.tenant().equals(tenant)) {
                break;
            }
            page.add(lastUses.with(Objects.requireNonNull(tables.keys.get(entry.value))));
        }
        return page;
    }

    @Override
    public void update(ApiKey key) {
        ApiKey stored = unit.write().keys.get(key.id());
        if (stored == null || !isMine(stored)) {
            throw new IllegalStateException("there is no key " + key.id() + " to change; lock it first");
        }
        unit.write()
                .updateKey(new ApiKey(
                        stored.id(),
                        stored.tenant(),
                        key.userId(),
                        key.name(),
                        stored.hash(),
                        key.scopes(),
                        key.plan(),
                        stored.createdAt(),
                        key.expiresAt(),
                        key.revokedAt(),
                        stored.lastUsedAt()));
    }

    @Override
    public List<String> revokeAllOf(String userId, Instant when) {
        Tables tables = unit.write();
        List<String> revoked = new ArrayList<>();
        for (ApiKey key : list(null, Integer.MAX_VALUE)) {
            if (key.userId().equals(userId) && key.revokedAt().isEmpty()) {
                tables.updateKey(key.revoked(when));
                revoked.add(key.id());
            }
        }
        return revoked;
    }

    private boolean isMine(ApiKey key) {
        return key.tenant().equals(unit.tenant());
    }
}
