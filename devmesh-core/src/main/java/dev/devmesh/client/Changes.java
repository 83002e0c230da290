package dev.devmesh.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who listens in a session. Its server tells all changes of lists to the session as a whole, and changes of those resources that
 * the session subscribed to; here they are told apart.
 */
final class Changes {

    private static final Duration FOREVER = Duration.ofDays(10_000);
    private static final int MOST_BYTES = 1024 * 1024;

    /** How a session subscribes to a resource, and ends that. */
    interface Resources {

        /** @throws McpClientException if the server refuses */
        void subscribe(String uri);

        /** Does not wait for the server. */
        void unsubscribe(String uri);
    }

    private final String server;
    private final Resources resources;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Integer> subscribed = new HashMap<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    Changes(String server, Resources resources) {
        this.server = server;
        this.resources = resources;
    }

    /**
     * Tells these changes from now on.
     *
     * @param hear makes sure that the server can tell them, if there are any
     */
    Feed listen(ListenFilter filter, Runnable hear) {
        Listener listener = new Listener(filter);
        listeners.add(listener); // first, so that it learns of it if nothing is heard any more
        boolean listening = false;
        try {
            if (!filter.equals(ListenFilter.none())) {
                hear.run();
            }
            for (String uri : filter.resourceUris()) {
                subscribe(uri);
                listener.subscribed.add(uri);
            }
            listening = true;
            return listener;
        } finally {
            if (!listening) {
                listener.close();
            }
        }
    }

    /** Under the lock while the server is asked: who comes second must not believe that it is done. */
    private void subscribe(String uri) {
        lock.lock();
        try {
            if (!subscribed.containsKey(uri)) {
                resources.subscribe(uri);
            }
            subscribed.merge(uri, 1, Integer::sum);
        } finally {
            lock.unlock();
        }
    }

    private void unsubscribe(String uri) {
        lock.lock();
        try {
            if (subscribed.merge(uri, -1, Integer::sum) == 0) {
                subscribed.remove(uri);
                resources.unsubscribe(uri);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A change that the server told. */
    void changed(ObjectNode notification) {
        int size = notification.toString().length();
        for (Listener listener : listeners) {
            if (listener.wants(notification)) {
                listener.mailbox.add(notification, size);
            }
        }
    }

    /** Nothing more will be told to those who listen now. */
    void ended(McpClientException reason) {
        listeners.forEach(listener -> listener.mailbox.fail(reason));
    }

    private final class Listener implements Feed {

        private final ListenFilter filter;
        private final Set<String> subscribed = ConcurrentHashMap.newKeySet();
        private final Mailbox mailbox = Mailbox.ofSubscription(server, MOST_BYTES, () -> {});

        Listener(ListenFilter filter) {
            this.filter = filter;
        }

        boolean wants(ObjectNode notification) {
            return switch (Reading.text(notification, "method")) {
                case "notifications/tools/list_changed" -> filter.toolList();
                case "notifications/prompts/list_changed" -> filter.promptList();
                case "notifications/resources/list_changed" -> filter.resourceList();
                case "notifications/resources/updated" -> wants(Reading.text(notification.path("params"), "uri"));
                default -> false;
            };
        }

        /** A server may tell of a part of what was subscribed to. */
        private boolean wants(String uri) {
            return filter.resourceUris().stream()
                    .anyMatch(wanted ->
                            uri.equals(wanted) || uri.startsWith(wanted.endsWith("/") ? wanted : wanted + "/"));
        }

        @Override
        public Optional<ObjectNode> next() {
            try {
                return mailbox.next(Deadline.in(FOREVER));
            } catch (InterruptedException e) {
                close();
                Thread.currentThread().interrupt();
                throw McpClientException.cancelled("The subscription at " + server);
            }
        }

        @Override
        public void close() {
            listeners.remove(this);
            mailbox.close();
            for (String uri : filter.resourceUris()) {
                if (subscribed.remove(uri)) {
                    unsubscribe(uri);
                }
            }
        }
    }
}
