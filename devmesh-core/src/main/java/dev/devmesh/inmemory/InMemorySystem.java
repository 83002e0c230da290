package dev.devmesh.inmemory;

import dev.devmesh.auth.ApiKey;
import dev.devmesh.queue.Job;
import dev.devmesh.store.SystemStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

final class InMemorySystem implements SystemStore {

    private final InMemoryStore store;

    InMemorySystem(InMemoryStore store) {
        this.store = store;
    }

    @Override
    public Optional<ApiKey> keyByHash(String sha256) {
        Tables tables = store.readAlone();
        String id = tables.keysByHash.get(sha256);
        return id == null
                ? Optional.empty()
                : Optional.ofNullable(tables.keys.get(id)).map(store.lastUses()::with);
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
    public int purge(Instant now, Instant doneBefore) {
        return store.writeAlone(tables -> tables.purgeContexts(now)
                + tables.purgeTasks(now)
                + tables.purgeSessions(now)
                + tables.purgeAnswers(now)
                + tables.purgeJobs(doneBefore));
    }
}
