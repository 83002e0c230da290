package dev.devmesh.store;

import dev.devmesh.task.Task;
import java.time.Instant;
import java.util.Optional;

/**
 * Tasks of one tenant within a unit of work. It stores and finds; {@link dev.devmesh.task.Tasks} knows the rules.
 *
 * <p>A task of another tenant, and one that is expired at the {@code now} given, is as if it did not exist.
 *
 * @see SystemStore#purge
 */
public interface TaskStore {

    /**
     * Adds a task.
     *
     * @throws IllegalStateException if there is one of this id
     * @throws IllegalArgumentException if it belongs to another tenant than the unit of work
     */
    void insert(Task task);

    /** The task of this id. */
    Optional<Task> find(String id, Instant now);

    /**
     * The task of this id, as the last commit left it, kept from being changed by others until this unit of work ends.
     * Whoever decides by what a task holds and then changes it must have locked it.
     */
    Optional<Task> lock(String id, Instant now);

    /**
     * Replaces the task of the same id if it still has the revision of {@code before}. Its owner, call, creation and life stay as
     * they are stored.
     *
     * @return false if it has not, or if there is none; nothing is changed then
     */
    boolean update(Task before, Task after);

    /** How many tasks of this credential are not finished. */
    int countOpen(String credentialId, Instant now);
}
