package dev.devmesh;

import dev.devmesh.auth.KeyStanding;
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
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One mesh in its cluster: what changes here is published, what others publish is told here and goes no further.
 *
 * <p>Safe for use by many threads. Work that may wait for the store is done on a thread of its own, one after the other,
 * never on the bus's.
 */
final class ClusterLink implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterLink.class);

    private final ClusterBus bus;
    private final Changes changes;
    private final Tasks tasks;
    private final Revocations revocations;
    private final McpEngine mcp;
    private final Store store;
    private final AtomicBoolean catchingUp = new AtomicBoolean();

    /** Tasks that will be looked up: each once, so no more than clients listen to. */
    private final Set<ClusterMessage.TaskChanged> unseen = ConcurrentHashMap.newKeySet();

    private final ThreadPoolExecutor background =
            new ThreadPoolExecutor(1, 1, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                Thread thread = new Thread(work, "devmesh-cluster-news");
                thread.setDaemon(true);
                return thread;
            });
    private volatile @Nullable Runnable subscription;

    ClusterLink(ClusterBus bus, Changes changes, Tasks tasks, Revocations revocations, McpEngine mcp, Store store) {
        this.bus = bus;
        this.changes = changes;
        this.tasks = tasks;
        this.revocations = revocations;
        this.mcp = mcp;
        this.store = store;
        background.allowCoreThreadTimeOut(true);
        changes.onOwnChange(this::changed);
        tasks.onChange(task -> publish(new ClusterMessage.TaskChanged(task.tenant(), task.id())));
        tasks.onCancel(id -> publish(new ClusterMessage.CancelTask(id)));
        revocations.onRevokedHere(id -> publish(new ClusterMessage.KeyRevoked(id)));
        revocations.onRightsChangedHere((tenant, userId) -> publish(new ClusterMessage.RightsChanged(tenant, userId)));
    }

    void start() {
        subscription = bus.subscribe(this::heard);
        mcp.joined(this::publish);
    }

    @Override
    public void close() {
        Runnable end = subscription;
        subscription = null;
        if (end != null) {
            end.run();
        }
        background.shutdownNow();
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
            if (mcp.isHeard(task.taskId()) && unseen.add(task)) {
                inBackground(() -> {
                    unseen.remove(task); // before it is looked up: what is heard from here on may come after that
                    tasks.changedElsewhere(task.tenant(), task.taskId());
                });
            }
        } else if (message instanceof ClusterMessage.CancelTask task) {
            tasks.cancelledElsewhere(task.taskId());
        } else if (message instanceof ClusterMessage.KeyRevoked key) {
            revocations.revokedElsewhere(key.keyId());
        } else if (message instanceof ClusterMessage.RightsChanged rights) {
            revocations.rightsChangedElsewhere(rights.tenant(), rights.userId());
        } else {
            mcp.heard(message, this::inBackground);
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
            Optional<KeyStanding> key = store.system().keyById(principal.credentialId());
            if (key.isPresent() && !hasRightsOf(principal, key.get())) {
                revocations.revokedElsewhere(principal.credentialId());
            }
        }
        for (Map.Entry<String, Set<Tenant>> task : mcp.tasksHeard().entrySet()) {
            task.getValue().forEach(tenant -> tasks.changedElsewhere(tenant, task.getKey()));
        }
    }

    /** Whether the key still makes its holder this caller; whether it is expired, who listens by it finds out. */
    private static boolean hasRightsOf(Principal principal, KeyStanding key) {
        try {
            return key.admit(Instant.MIN).user().equals(principal.user());
        } catch (MeshException refused) {
            return false;
        }
    }

    private void inBackground(Runnable work) {
        try {
            background.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    LOG.warn("News of another node could not be looked up; clients hear of it with the next change", e);
                }
            });
        } catch (RejectedExecutionException closed) {
            LOG.debug("the mesh is closing: its clients will ask another node");
        }
    }
}
