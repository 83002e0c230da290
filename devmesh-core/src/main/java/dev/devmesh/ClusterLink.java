package dev.devmesh;

import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Revocations;
import dev.devmesh.auth.Tenant;
import dev.devmesh.cluster.ClusterBus;
import dev.devmesh.cluster.ClusterMessage;
import dev.devmesh.cluster.ClusterMessage.ListChanged;
import dev.devmesh.event.Change;
import dev.devmesh.event.Changes;
import dev.devmesh.mcp.McpEngine;
import dev.devmesh.store.Store;
import dev.devmesh.task.Tasks;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One mesh in its cluster: what changes here is published, what others publish is told here and goes no further.
 *
 * <p>Safe for use by many threads. Work that may wait for the store is done on the mesh's threads, never on the bus's.
 */
final class ClusterLink implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterLink.class);

    private final ClusterBus bus;
    private final Changes changes;
    private final Tasks tasks;
    private final Revocations revocations;
    private final McpEngine mcp;
    private final Store store;
    private final Executor threads;
    private final AtomicBoolean catchingUp = new AtomicBoolean();
    private volatile @Nullable Runnable subscription;

    /** @param threads for work that may wait */
    ClusterLink(
            ClusterBus bus,
            Changes changes,
            Tasks tasks,
            Revocations revocations,
            McpEngine mcp,
            Store store,
            Executor threads) {
        this.bus = bus;
        this.changes = changes;
        this.tasks = tasks;
        this.revocations = revocations;
        this.mcp = mcp;
        this.store = store;
        this.threads = threads;
        changes.onOwnChange(this::changed);
        tasks.onChange(task -> publish(new ClusterMessage.TaskChanged(task.tenant(), task.id())));
        tasks.onCancel(id -> publish(new ClusterMessage.CancelTask(id)));
        revocations.onRevokedHere(id -> publish(new ClusterMessage.KeyRevoked(id)));
        mcp.joined(this::publish);
    }

    void start() {
        subscription = bus.subscribe(this::heard);
    }

    @Override
    public void close() {
        Runnable end = subscription;
        subscription = null;
        if (end != null) {
            end.run();
        }
    }

    private void publish(ClusterMessage message) {
        if (subscription != null) {
            bus.publish(message);
        }
    }

    private void changed(Change change) {
        if (change instanceof Change.ToolsChanged) {
            publish(new ListChanged(ListChanged.Kind.TOOLS));
        } else if (change instanceof Change.PromptsChanged) {
            publish(new ListChanged(ListChanged.Kind.PROMPTS));
        } else if (change instanceof Change.ResourcesChanged) {
            publish(new ListChanged(ListChanged.Kind.RESOURCES));
        } else if (change instanceof Change.ResourceUpdated updated) {
            publish(
                    ClusterMessage.ResourceUpdated.canHold(updated.uri())
                            ? new ClusterMessage.ResourceUpdated(updated.tenant(), updated.uri())
                            : new ClusterMessage.Gap());
        }
        // Tasks are published as they are: who may hear of one is in the store, and not in a message.
    }

    private void heard(ClusterMessage message) {
        if (message instanceof ListChanged list) {
            changes.changedElsewhere(
                    switch (list.kind()) {
                        case TOOLS -> new Change.ToolsChanged();
                        case PROMPTS -> new Change.PromptsChanged();
                        case RESOURCES -> new Change.ResourcesChanged();
                    });
        } else if (message instanceof ClusterMessage.ResourceUpdated updated) {
            changes.changedElsewhere(new Change.ResourceUpdated(updated.uri(), updated.tenant()));
        } else if (message instanceof ClusterMessage.TaskChanged task) {
            if (mcp.isHeard(task.taskId())) {
                inBackground(() -> tasks.changedElsewhere(task.tenant(), task.taskId()));
            }
        } else if (message instanceof ClusterMessage.CancelTask task) {
            tasks.cancelledElsewhere(task.taskId());
        } else if (message instanceof ClusterMessage.KeyRevoked key) {
            revocations.revokedElsewhere(key.keyId());
        } else {
            mcp.heard(message);
            if (message instanceof ClusterMessage.Gap && catchingUp.compareAndSet(false, true)) {
                inBackground(this::catchUp);
            }
        }
    }

    /**
     * Looks up what only the store can tell, after something was missed. Open WebSockets look after their credentials every few
     * seconds anyway, and workers every second whether their tasks were cancelled.
     */
    private void catchUp() {
        catchingUp.set(false); // before it is looked up: what is missed from here on begins another round
        mcp.lookAfterSessions();
        for (Principal principal : mcp.listeners()) {
            boolean revoked = store.inTransaction(
                            principal.tenant(), tx -> tx.keys().find(principal.credentialId()))
                    .flatMap(ApiKey::revokedAt)
                    .isPresent();
            if (revoked) {
                revocations.revokedElsewhere(principal.credentialId());
            }
        }
        for (Map.Entry<String, Set<Tenant>> task : mcp.tasksHeard().entrySet()) {
            task.getValue().forEach(tenant -> tasks.changedElsewhere(tenant, task.getKey()));
        }
    }

    private void inBackground(Runnable work) {
        try {
            threads.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    LOG.warn("News of another node could not be looked up; clients hear of it with the next change", e);
                }
            });
        } catch (RejectedExecutionException full) {
            catchingUp.set(false);
            LOG.warn("News of another node is not told: every thread is taken, or the mesh is closing");
        }
    }
}
