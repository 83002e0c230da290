package dev.devmesh.inmemory;

import dev.devmesh.access.TenantInfo;
import dev.devmesh.auth.KeyStanding;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.queue.Job;
import dev.devmesh.store.EmbeddingBacklog;
import dev.devmesh.store.PendingItem;
import dev.devmesh.store.Position;
import dev.devmesh.store.SystemStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

final class InMemorySystem implements SystemStore {

    private final InMemoryStore store;

    InMemorySystem(InMemoryStore store) {
        this.store = store;
    }

    @Override
    public Optional<KeyStanding> keyByHash(String sha256) {
        Tables tables = store.readAlone();
        return Optional.ofNullable(tables.keysByHash.get(sha256)).flatMap(id -> key(tables, id));
    }

    @Override
    public Optional<KeyStanding> keyById(String id) {
        return key(store.readAlone(), id);
    }

    private Optional<KeyStanding> key(Tables tables, String id) {
        return Optional.ofNullable(tables.keys.get(id))
                .map(store.lastUses()::with)
                .map(key -> new KeyStanding(key, tables.standing(key.tenant(), key.userId())));
    }

    @Override
    public Standing standing(Tenant tenant, String subject) {
        Tables tables = store.readAlone();
        return tables.standing(tenant, tables.usersByName.get(Tables.Named.subject(tenant, subject)));
    }

    @Override
    public Optional<TenantInfo> tenant(Tenant tenant) {
        return Optional.ofNullable(store.readAlone().tenants.get(tenant.id()));
    }

    @Override
    public List<TenantInfo> tenants(@Nullable Position after, int limit) {
        Tables tables = store.readAlone();
        List<TenantInfo> page = new ArrayList<>();
        Iterable<Tree.Node<Position, String>> rest =
                after == null ? tables.tenantsNewestFirst.entries() : tables.tenantsNewestFirst.above(after);
        for (Tree.Node<Position, String> entry : rest) {
            if (page.size() >= limit) {
                break;
            }
            page.add(Objects.requireNonNull(tables.tenants.get(entry.value)));
        }
        return page;
    }

    @Override
    public boolean insertTenant(TenantInfo tenant) {
        return store.writeAlone(tables -> {
                    if (tables.tenants.get(tenant.tenant().id()) != null) {
                        return 0;
                    }
                    tables.insertTenant(tenant);
                    return 1;
                })
                == 1;
    }

    @Override
    public Optional<TenantInfo> changeTenant(Tenant tenant, UnaryOperator<TenantInfo> change) {
        List<TenantInfo> changed = new ArrayList<>();
        store.writeAlone(tables -> {
            TenantInfo old = tables.tenants.get(tenant.id());
            if (old != null) {
                TenantInfo wanted = change.apply(old);
                TenantInfo next = new TenantInfo(
                        old.tenant(), wanted.name(), old.createdAt(), wanted.suspendedAt(), wanted.deletedAt());
                tables.updateTenant(next);
                changed.add(next);
            }
            return changed.size();
        });
        return changed.stream().findFirst();
    }

    @Override
    public void keyUsed(String keyId, Instant when) {
        if (store.readAlone().keys.get(keyId) != null) {
            store.lastUses().note(keyId, when);
        }
    }

    @Override
    public List<Job> jobsToDeliver(Instant before, int max) {
        Tables tables = store.readAlone();
        List<Job> jobs = new ArrayList<>();
        for (Tree.Node<Tables.Ticket, String> entry : tables.liveJobsByDelivery.entries()) {
            if (jobs.size() >= max || !entry.key.deliveredAt().isBefore(before)) {
                break;
            }
            jobs.add(Objects.requireNonNull(tables.jobs.get(entry.value)).job());
        }
        return jobs;
    }

    @Override
    public void jobsDelivered(Collection<String> jobIds, Instant when) {
        store.writeAlone(tables -> {
            int count = 0;
            for (String id : jobIds) {
                StoredJob row = tables.jobs.get(id);
                if (row != null && row.state() == StoredJob.State.LIVE && when.isAfter(row.deliveredAt())) {
                    tables.putJob(row, row.delivered(when));
                    count++;
                }
            }
            return count;
        });
    }

    @Override
    public List<PendingItem> leaseEmbeddings(Instant now, Instant until, int max) {
        List<PendingItem> leased = new ArrayList<>();
        if (dueItems(store.readAlone(), now, 1).isEmpty()) {
            return leased;
        }
        store.writeAlone(tables -> {
            for (Tables.ItemKey key : dueItems(tables, now, max)) {
                StoredItem row = tables.item(key);
                leased.add(new PendingItem(
                        Objects.requireNonNull(tables.contexts.get(key.contextId()))
                                .context()
                                .tenant(),
                        key.contextId(),
                        key.seq(),
                        row.item().id(),
                        row.item().content(),
                        row.attempts()));
                tables.putItem(row, row.leased(until));
            }
            return leased.size();
        });
        return leased;
    }

    private static List<Tables.ItemKey> dueItems(Tables tables, Instant now, int max) {
        List<Tables.ItemKey> due = new ArrayList<>();
        for (Tree.Node<Tables.Due<Tables.ItemKey>, Tables.ItemKey> entry : tables.pendingItems.entries()) {
            if (due.size() >= max || entry.key.at().isAfter(now)) {
                break;
            }
            Tables.StoredContext context = Objects.requireNonNull(tables.contexts.get(entry.value.contextId()));
            if (!context.context().isExpired(now)) {
                due.add(entry.value);
            }
        }
        return due;
    }

    @Override
    public long embedAgain(String model, Instant now) {
        return store.writeAlone(tables -> {
            int again = 0;
            for (Tree.Node<String, Tables.StoredContext> context : tables.contexts.entries()) {
                for (Tree.Node<Long, StoredItem> entry : context.value.items().entries()) {
                    StoredItem row = entry.value;
                    Embedded embedded = row.embedded();
                    if (embedded == null || !embedded.key().model().equals(model)) {
                        again += row.isPending() ? 0 : 1;
                        tables.putItem(row, row.pendingAgain(now));
                    }
                }
            }
            return again;
        });
    }

    @Override
    public EmbeddingBacklog embeddingBacklog(String model) {
        Tables tables = store.readAlone();
        return new EmbeddingBacklog(tables.pendingItems.size(), tables.failedItems(), tables.hasOtherModels(model));
    }

    @Override
    public int purge(Instant now, Instant doneBefore) {
        return store.writeAlone(tables -> tables.purgeContexts(now)
                + tables.purgeTasks(now)
                + tables.purgeSessions(now)
                + tables.purgeAnswers(now)
                + tables.purgeJobs(doneBefore));
    }

    @Override
    public int purgeAudit(Instant before) {
        return store.writeAlone(tables -> tables.purgeAudit(before));
    }
}
