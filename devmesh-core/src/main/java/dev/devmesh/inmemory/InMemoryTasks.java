package dev.devmesh.inmemory;

import dev.devmesh.inmemory.Tables.OpenTask;
import dev.devmesh.inmemory.Tables.StoredTask;
import dev.devmesh.store.TaskStore;
import dev.devmesh.task.Task;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class InMemoryTasks implements TaskStore {

    private final UnitOfWork unit;

    InMemoryTasks(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public void insert(Task task) {
        unit.requireMine("a task", task.tenant());
        unit.write().insertTask(task);
    }

    @Override
    public Optional<Task> find(String id, Instant now) {
        return Optional.ofNullable(mine(unit.read(), id)).map(StoredTask::task).filter(task -> !task.isExpired(now));
    }

    @Override
    public Optional<Task> lock(String id, Instant now) {
        unit.write();
        return find(id, now);
    }

    @Override
    public boolean update(Task before, Task after) {
        Tables tables = unit.write();
        StoredTask row = mine(tables, before.id());
        if (row == null || !after.id().equals(before.id()) || row.task().revision() != before.revision()) {
            return false;
        }
        Task stored = row.task();
        tables.putTask(
                row,
                new Task(
                        stored.id(),
                        stored.owner(),
                        stored.call(),
                        after.status(),
                        after.statusMessage(),
                        stored.createdAt(),
                        after.updatedAt(),
                        stored.life(),
                        after.pollInterval(),
                        after.result(),
                        after.failure(),
                        after.questions(),
                        after.answers(),
                        after.attempts(),
                        after.settled(),
                        after.revision()));
        return true;
    }

    @Override
    public int countOpen(String credentialId, Instant now) {
        String tenant = unit.tenant().id();
        int count = 0;
        for (Tree.Node<OpenTask, Instant> entry : unit.read().openTasks.above(new OpenTask(tenant, credentialId, ""))) {
            if (!entry.key.isOf(tenant, credentialId)) {
                break;
            }
            if (now.isBefore(entry.value)) {
                count++;
            }
        }
        return count;
    }

    private @Nullable StoredTask mine(Tables tables, String id) {
        StoredTask row = tables.tasks.get(id);
        return row != null && row.task().tenant().equals(unit.tenant()) ? row : null;
    }
}
