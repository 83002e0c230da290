package dev.devmesh.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners how tasks stand. A state is told after it was committed, by the thread that changed it, so two threads may
 * come in the wrong order: an older state is then not told any more. Else whoever listens would take it for the latest.
 *
 * <p>Safe for use by many threads.
 */
final class TaskNews {

    private static final Logger LOG = LoggerFactory.getLogger(TaskNews.class);

    private static final int PARTS = 16;

    /** How many tasks one part remembers; threads that overtake each other are moments apart, not thousands of tasks. */
    private static final int REMEMBERED = 1_000;

    /** The revisions told last of some tasks: a lock of its own keeps each telling in order. */
    private static final class Part {
        private final ReentrantLock lock = new ReentrantLock();
        private final Map<String, Long> told = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                return size() > REMEMBERED;
            }
        };
    }

    private final List<Tasks.Listener> listeners = new CopyOnWriteArrayList<>();
    private final List<Tasks.Listener> ofOwn = new CopyOnWriteArrayList<>();
    private final Part[] parts = new Part[PARTS];

    TaskNews() {
        for (int i = 0; i < PARTS; i++) {
            parts[i] = new Part();
        }
    }

    /** Has everything told. */
    void add(Tasks.Listener listener) {
        listeners.add(listener);
    }

    /** Has told what this process changed. */
    void addForOwn(Tasks.Listener listener) {
        ofOwn.add(listener);
    }

    /** Tells how the task stands that this process changed, unless a later state of it was told before. */
    void tell(Task task) {
        tell(task, true);
    }

    /** Tells how the task stands that another process changed, unless this state of it or a later one was told before. */
    void tellElsewhere(Task task) {
        tell(task, false);
    }

    private void tell(Task task, boolean own) {
        Part part = parts[Math.floorMod(task.id().hashCode(), PARTS)];
        part.lock.lock();
        try {
            Long before = part.told.get(task.id());
            if (before == null || before < task.revision()) {
                part.told.put(task.id(), task.revision());
                listeners.forEach(listener -> tell(listener, task));
                if (own) {
                    ofOwn.forEach(listener -> tell(listener, task));
                }
            }
        } finally {
            part.lock.unlock();
        }
    }

    private static void tell(Tasks.Listener listener, Task task) {
        try {
            listener.taskChanged(task);
        } catch (RuntimeException e) {
            // the change is committed: throwing would tell its maker that it was not
            LOG.warn("A listener failed on task {}", task.id(), e);
        }
    }
}
