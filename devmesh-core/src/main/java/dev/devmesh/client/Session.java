package dev.devmesh.client;

import dev.devmesh.Revision;
import dev.devmesh.call.LogLevel;
import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A session of one of the revisions that have them. Both sides make requests: what the server asks is answered by
 * {@link Questions}, on which no thread that takes messages waits.
 */
final class Session implements Dialect, Inbound {

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    private final Link link;
    private final String server;
    private final Revision revision;
    private final ServerDescription description;
    private final AtomicLong ids;
    private final Duration timeout;
    private final Pauses pauses = new Pauses();
    private final Questions questions;
    private final Changes changes;
    private final ReentrantLock levelLock = new ReentrantLock();
    private final Executor threads;
    private volatile @Nullable LogLevel level;

    /** Still without a word: {@link #begin} says it. */
    Session(Link link, String server, Profile profile, Handshake.Greeting greeting, AtomicLong ids, Executor threads) {
        this.link = link;
        this.server = server;
        this.revision = greeting.revision();
        this.description = ServerDescription.initialized(revision, greeting.result());
        this.ids = ids;
        this.timeout = profile.timeout();
        this.threads = threads;
        this.questions = new Questions(server, profile.inputs(), threads, pauses, link::tell);
        this.changes = new Changes(server, new Changes.Resources() {
            @Override
            public void subscribe(String uri) {
                ask("resources/subscribe", uri);
            }

            @Override
            public void unsubscribe(String uri) {
                inBackground("resources/unsubscribe", () -> ask("resources/unsubscribe", uri));
            }
        });
    }

    /** Hears what the server asks from now on, also what belongs to no request if it can ask anything. */
    void begin(ClientInputs inputs) {
        link.attach(this);
        awaitTold(link.tell(Outgoing.notification("notifications/initialized")));
        if (inputs.any()) {
            inBackground("listening", () -> link.hear(timeout));
        }
    }

    /** Servers may refuse requests that overtake this one. */
    private void awaitTold(Future<?> told) {
        try {
            told.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof McpClientException refusal
                    ? refusal
                    : McpClientException.unreachable(server, e.getCause());
        } catch (TimeoutException e) {
            throw McpClientException.timeout(server);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw McpClientException.cancelled("The beginning of a session with " + server);
        }
    }

    private void ask(String method, String uri) {
        ask(method, Json.object().put("uri", uri), Terms.within(timeout));
    }

    private void ask(String method, ObjectNode params, Terms terms) {
        try (Exchange exchange = send(method, params, terms)) {
            exchange.result(terms.timeout(), notification -> {});
        }
    }

    /** What nobody waits for, and what the session goes on without. */
    private void inBackground(String what, Runnable work) {
        try {
            threads.execute(() -> {
                try {
                    work.run();
                } catch (McpClientException | IllegalStateException e) { // or the client is closed
                    LOG.debug("{} at {} came to nothing", what, server, e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("no thread for {} at {}", what, server, e);
        }
    }

    @Override
    public Revision revision() {
        return revision;
    }

    @Override
    public Exchange send(String method, ObjectNode params, Terms terms) {
        if (terms.tasks() && method.startsWith("tasks/")) {
            throw noTasks();
        }
        terms.log().ifPresent(wanted -> logAtLeast(wanted, terms));
        long id = ids.incrementAndGet();
        ObjectNode message = Outgoing.message(id, method);
        ObjectNode all = Json.object();
        all.setAll(params);
        ObjectNode meta = Json.object();
        meta.setAll(terms.meta());
        if (terms.wantsProgress()) {
            meta.put("progressToken", id);
        }
        if (!meta.isEmpty()) {
            all.set("_meta", meta);
        }
        message.set("params", all);
        Answer answer = link.send(new Outgoing(id, message, Map.of(), terms.log()));
        return new Exchange(id, server, answer, this::isAside, pauses);
    }

    private McpClientException noTasks() {
        return McpClientException.unable(
                server + " has no tasks: they belong to revision " + Revision.V2026_07_28 + ", and it speaks "
                        + revision + ".",
                "Call the tool with call(...), which waits for its result.");
    }

    /** The level is the session's: it only ever becomes more talkative, and whoever wants less leaves out the rest. */
    private void logAtLeast(LogLevel wanted, Terms terms) {
        if (isLoggedAt(wanted) || !description.offers("logging")) {
            return;
        }
        levelLock.lock();
        try {
            if (isLoggedAt(wanted)) {
                return;
            }
            ObjectNode params = Json.object().put("level", wanted.wireName());
            ask("logging/setLevel", params, Terms.within(terms.timeout()));
            level = wanted;
        } catch (McpClientException e) {
            if (e.rpcCode() == 0) {
                throw e;
            }
            LOG.warn("{} does not log at {}: {}", server, wanted, e.getMessage());
            level = wanted;
        } finally {
            levelLock.unlock();
        }
    }

    private boolean isLoggedAt(LogLevel wanted) {
        LogLevel set = level;
        return set != null && set.compareTo(wanted) <= 0;
    }

    /** What comes with the answer to a request and is the session's. */
    private boolean isAside(ObjectNode message) {
        if (!message.has("method")) {
            return false;
        }
        if (message.has("id")) {
            asked(message);
            return true;
        }
        if (Set.of("notifications/progress", "notifications/message").contains(Reading.text(message, "method"))) {
            return false;
        }
        told(message);
        return true;
    }

    /** Always a complete one: other types came later. */
    @Override
    public String resultType(ObjectNode result) {
        return ResultType.COMPLETE;
    }

    @Override
    public ServerDescription describe(Terms terms) {
        return description;
    }

    @Override
    public Listening listen(ListenFilter filter, Terms terms) {
        if (!filter.taskIds().isEmpty()) {
            throw noTasks();
        }
        ListenFilter honoured = new ListenFilter(
                filter.toolList() && tells("tools", "listChanged"),
                filter.promptList() && tells("prompts", "listChanged"),
                filter.resourceList() && tells("resources", "listChanged"),
                tells("resources", "subscribe") ? filter.resourceUris() : Set.of(),
                Set.of());
        return new Listening(honoured, changes.listen(honoured, () -> link.hear(terms.timeout())));
    }

    private boolean tells(String capability, String what) {
        return description.capabilities().path(capability).path(what).asBoolean(false);
    }

    boolean isLost(McpClientException refusal) {
        return link.isLost(refusal);
    }

    @Override
    public void asked(ObjectNode request) {
        questions.ask(request);
    }

    @Override
    public void told(ObjectNode notification) {
        JsonNode params = notification.path("params");
        if (Reading.text(notification, "method").equals("notifications/cancelled")) {
            Optional.of(params.path("requestId")).filter(JsonNode::isValueNode).ifPresent(questions::withdraw);
        } else {
            changes.changed(notification);
        }
    }

    @Override
    public void unheard(McpClientException reason) {
        changes.ended(reason);
    }

    @Override
    public void ended(McpClientException reason) {
        questions.withdrawAll();
        changes.ended(reason);
    }

    /** Ends it, as far as the server listens. */
    void end() {
        questions.withdrawAll();
        changes.ended(McpClientException.cancelled("The session with " + server));
        link.end();
    }
}
