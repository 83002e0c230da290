package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client with a session is told beside its requests: that lists have changed, and resources that it subscribed to.
 *
 * <p>Safe for use by many threads.
 */
final class News implements Hearer, McpOutbox {

    private final Principal principal;
    private final Subscriptions subscriptions;
    private final Consumer<News> wake;
    private final Set<Topic> topics = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Untold untold = new Untold();
    private boolean over;

    /**
     * Begins to collect news.
     *
     * @param wake told when there is some: from any thread, does not wait
     * @throws dev.devmesh.MeshException if the principal's credential listens too many times
     */
    static News begin(Principal principal, Set<Topic> topics, Subscriptions subscriptions, Consumer<News> wake) {
        News news = new News(principal, subscriptions, wake);
        news.topics.addAll(topics);
        subscriptions.add(news);
        return news;
    }

    private News(Principal principal, Subscriptions subscriptions, Consumer<News> wake) {
        this.principal = principal;
        this.subscriptions = subscriptions;
        this.wake = wake;
    }

    @Override
    public Principal principal() {
        return principal;
    }

    @Override
    public Set<Topic> topics() {
        return topics;
    }

    /** From now on the client hears of this resource too. */
    void hear(String uri) {
        lock.lock();
        try {
            hear(Topic.resource(uri));
        } finally {
            lock.unlock();
        }
    }

    /** From now on the client hears no more of this resource. */
    void mute(String uri) {
        lock.lock();
        try {
            mute(Topic.resource(uri));
        } finally {
            lock.unlock();
        }
    }

    /** From now on these are the resources that the client hears of. */
    void hearOnly(Set<Topic> resources) {
        lock.lock();
        try {
            topics.stream()
                    .filter(topic -> topic.kind() == Topic.Kind.RESOURCE && !resources.contains(topic))
                    .toList()
                    .forEach(this::mute);
            resources.forEach(this::hear);
        } finally {
            lock.unlock();
        }
    }

    private void hear(Topic topic) {
        if (!over && topics.add(topic)) {
            subscriptions.hear(this, topic);
        }
    }

    private void mute(Topic topic) {
        if (!over && topics.remove(topic)) {
            subscriptions.mute(this, topic);
            untold.forget(topic);
        }
    }

    @Override
    public void tell(Topic topic, ObjectNode details) {
        boolean waited;
        lock.lock();
        try {
            if (over || !topics.contains(topic)) {
                return;
            }
            waited = untold.add(topic, details);
        } finally {
            lock.unlock();
        }
        if (!waited) {
            wake.accept(this);
        }
    }

    @Override
    public Optional<McpEvent> next() {
        lock.lock();
        try {
            return untold.take().map(news -> McpEvent.of(news.topic().notification(news.details(), out -> {})));
        } finally {
            lock.unlock();
        }
    }

    /** Nobody hears news here any more. Harmless when called twice. */
    void end(String reason) {
        int unsent;
        lock.lock();
        try {
            if (over) {
                return;
            }
            over = true;
            unsent = untold.size();
        } finally {
            lock.unlock();
        }
        subscriptions.remove(this, reason, unsent);
    }

    @Override
    public void finish(String reason) {
        end(reason);
    }
}
