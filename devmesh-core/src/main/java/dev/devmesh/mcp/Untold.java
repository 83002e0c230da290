package dev.devmesh.mcp;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * News that a client has not been told yet. A topic waits at most once: news of a topic that waits already takes the place of
 * the older news. So what waits is bounded by what was asked for, however much changes and however slow the client is.
 *
 * <p>Guarded by its owner.
 */
final class Untold {

    /**
     * What is new of a topic.
     *
     * @param details what to say of it besides its name; not changed any more
     */
    record News(Topic topic, ObjectNode details) {}

    private final Map<Topic, ObjectNode> waiting = new LinkedHashMap<>();

    /** Adds news; whether older news of the topic waited, whose place it takes. */
    boolean add(Topic topic, ObjectNode details) {
        return waiting.put(topic, details) != null; // which leaves its place in the order as it was
    }

    /** Takes out what has waited longest. */
    Optional<News> take() {
        Iterator<Map.Entry<Topic, ObjectNode>> first = waiting.entrySet().iterator();
        if (!first.hasNext()) {
            return Optional.empty();
        }
        Map.Entry<Topic, ObjectNode> next = first.next();
        News news = new News(next.getKey(), next.getValue());
        first.remove();
        return Optional.of(news);
    }

    /** Nobody wants to hear of this any more. */
    void forget(Topic topic) {
        waiting.remove(topic);
    }

    int size() {
        return waiting.size();
    }
}
