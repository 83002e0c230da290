package dev.devmesh.postgres;

import dev.devmesh.access.TenantInfo;
import dev.devmesh.auth.KeyStanding;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.queue.Job;
import dev.devmesh.store.EmbeddingBacklog;
import dev.devmesh.store.PendingItem;
import dev.devmesh.store.Position;
import dev.devmesh.store.SystemStore;
import dev.devmesh.token.RefreshToken;
import dev.devmesh.token.TokenFamily;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

final class PostgresSystem implements SystemStore {

    /** How many rows one transaction removes: enough to be quick, few enough to end well within the time of a query. */
    private static final int BATCH = 1_000;

    /** The same for families of tokens, each of which takes thousands of tokens with it. */
    private static final int FAMILIES = 20;

    private final PostgresStore store;

    PostgresSystem(PostgresStore store) {
        this.store = store;
    }

    @Override
    public Optional<TenantInfo> tenant(Tenant tenant) {
        return store.asSystem(link -> PostgresTenants.find(link, tenant));
    }

    @Override
    public List<TenantInfo> tenants(@Nullable Position after, int limit) {
        return store.asSystem(link -> PostgresTenants.list(link, after, limit));
    }

    @Override
    public boolean insertTenant(TenantInfo tenant) {
        return store.asSystem(link -> PostgresTenants.insert(link, tenant));
    }

    @Override
    public Optional<TenantInfo> changeTenant(Tenant tenant, UnaryOperator<TenantInfo> change) {
        return store.asSystem(link -> PostgresTenants.change(link, tenant, change));
    }

    @Override
    public Standing standing(Tenant tenant, String subject) {
        return store.asSystem(link -> StandingRows.ofSubject(link, tenant.id(), subject));
    }

    @Override
    public Optional<KeyStanding> keyByHash(String sha256) {
        return store.asSystem(link -> PostgresKeys.byHash(link, sha256));
    }

    @Override
    public Optional<KeyStanding> keyById(String id) {
        return store.asSystem(link -> PostgresKeys.byId(link, id));
    }

    @Override
    public void keyUsed(String keyId, Instant when) {
        store.<Boolean>asSystem(link -> {
            PostgresKeys.used(link, keyId, when);
            return true;
        });
    }

    @Override
    public Optional<RefreshToken> refreshToken(String sha256) {
        return store.asSystem(link -> PostgresRefreshTokens.byHash(link, sha256));
    }

    @Override
    public Optional<TokenFamily> tokenFamily(String id) {
        return store.asSystem(link -> PostgresRefreshTokens.family(link, id));
    }

    @Override
    public List<Job> jobsToDeliver(Instant before, int max) {
        return store.asSystem(link -> PostgresJobs.toDeliver(link, before, max));
    }

    @Override
    public void jobsDelivered(Collection<String> jobIds, Instant when) {
        store.<Boolean>asSystem(link -> {
            PostgresJobs.delivered(link, jobIds, when);
            return true;
        });
    }

    @Override
    public List<PendingItem> leaseEmbeddings(Instant now, Instant until, int max) {
        return store.asSystem(link -> PostgresLeases.lend(link, now, until, max));
    }

    @Override
    public long embedAgain(String model, Instant now) {
        PostgresLeases.Progress progress = PostgresLeases.Progress.begin();
        while (!progress.isOver()) {
            PostgresLeases.Progress sofar = progress;
            progress = store.asSystem(link -> PostgresLeases.again(link, model, now, sofar));
        }
        return progress.count();
    }

    @Override
    public EmbeddingBacklog embeddingBacklog(String model) {
        return store.asSystem(link -> PostgresLeases.backlog(link, model));
    }

    @Override
    public int purge(Instant now, Instant doneBefore) {
        return purge("contexts", "expires_at <= ?", now)
                + purge("tasks", "expires_at <= ?", now)
                + purge("mcp_sessions", "expires_at <= ?", now)
                + purge("idempotency_keys", "expires_at <= ?", now)
                + purge("token_families", "expires_at <= ?", now, FAMILIES)
                + purge("jobs", "state = 'done' AND done_at < ?", doneBefore);
    }

    @Override
    public int purgeAudit(Instant before) {
        return purge("audit_log", "created_at < ?", before);
    }

    private int purge(String table, String overdue, Instant time) {
        return purge(table, overdue, time, BATCH);
    }

    private int purge(String table, String overdue, Instant time, int batch) {
        String sql = "DELETE FROM " + table + " WHERE ctid = ANY (ARRAY(SELECT ctid FROM " + table + " WHERE " + overdue
                + " LIMIT " + batch + ")) AND " + overdue;
        int all = 0;
        int gone;
        do {
            gone = store.asSystem(link -> link.change(sql, time, time));
            all += gone;
        } while (gone == batch);
        return all;
    }
}
