package dev.devmesh.cluster;

import dev.devmesh.auth.Tenant;
import dev.devmesh.cluster.ClusterMessage.CancelTask;
import dev.devmesh.cluster.ClusterMessage.Gap;
import dev.devmesh.cluster.ClusterMessage.KeyRevoked;
import dev.devmesh.cluster.ClusterMessage.ListChanged;
import dev.devmesh.cluster.ClusterMessage.ResourceUpdated;
import dev.devmesh.cluster.ClusterMessage.RightsChanged;
import dev.devmesh.cluster.ClusterMessage.SessionAnswer;
import dev.devmesh.cluster.ClusterMessage.SessionChanged;
import dev.devmesh.cluster.ClusterMessage.SessionEnded;
import dev.devmesh.cluster.ClusterMessage.TaskChanged;
import dev.devmesh.json.Json;
import dev.devmesh.json.MalformedJson;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How messages are written down: as one JSON object.
 *
 * <pre>{@code {"v":1,"from":"…","is":"resource_updated","tenant":"acme","uri":"devmesh://contexts/ctx_1"}}</pre>
 *
 * <p>A kind that is not known is left out. Members that are not known are ignored. {@code v} is raised only when a kind that is
 * known already changes its meaning; of such a message a node knows only that something happened, and hears a {@link Gap}.
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class ClusterWire {

    /** The most bytes that a message takes: below the 8,000 of PostgreSQL's NOTIFY. */
    public static final int MAX_BYTES = 7_900;

    /** The most characters that the name of a node may have: each is one of {@code A-Z a-z 0-9 _}. */
    public static final int MAX_NODE = 40;

    /** The version that is written. */
    static final int VERSION = 1;

    private static final Logger LOG = LoggerFactory.getLogger(ClusterWire.class);

    /**
     * A message as it came.
     *
     * @param from the node that published it: whoever it is does not hear it
     */
    public record Received(String from, ClusterMessage message) {}

    private ClusterWire() {}

    /** The message of a node as text, of at most {@value #MAX_BYTES} bytes of UTF-8, without U+0000. */
    public static String write(String node, ClusterMessage message) {
        if (!isNode(node)) {
            throw new IllegalArgumentException("a node has a name of 1 to " + MAX_NODE + " of A-Z a-z 0-9 _");
        }
        ObjectNode out = Json.object().put("v", VERSION).put("from", node);
        if (message instanceof Gap) {
            out.put("is", "gap");
        } else if (message instanceof ListChanged list) {
            out.put("is", "list_changed").put("of", list.kind().name().toLowerCase(Locale.ROOT));
        } else if (message instanceof ResourceUpdated updated) {
            out.put("is", "resource_updated");
            updated.tenant().ifPresent(tenant -> out.put("tenant", tenant.id()));
            out.put("uri", updated.uri());
        } else if (message instanceof TaskChanged task) {
            out.put("is", "task_changed").put("tenant", task.tenant().id()).put("id", task.taskId());
        } else if (message instanceof CancelTask task) {
            out.put("is", "cancel_task").put("id", task.taskId());
        } else if (message instanceof KeyRevoked key) {
            out.put("is", "key_revoked").put("id", key.keyId());
        } else if (message instanceof RightsChanged rights) {
            out.put("is", "rights_changed").put("tenant", rights.tenant().id()).put("id", rights.userId());
        } else if (message instanceof SessionChanged session) {
            out.put("is", "session_changed").put("id", session.sessionId());
        } else if (message instanceof SessionEnded session) {
            out.put("is", "session_ended").put("id", session.sessionId());
        } else {
            out.put("is", "session_answer").put("sealed", ((SessionAnswer) message).sealed());
        }
        return new String(Json.bytes(out), StandardCharsets.UTF_8);
    }

    /** The message in a text, or empty if it is none, or one of a kind that this version does not know. */
    public static Optional<Received> read(String text) {
        if (text.length() > MAX_BYTES) {
            return unreadable("it is too long");
        }
        try {
            JsonNode in = Json.parse(text);
            String from = in.path("from").asString("");
            if (!isNode(from) || !in.path("v").isInt()) {
                return unreadable("it names no sender or no version");
            }
            return (in.path("v").intValue() == VERSION ? message(in) : Optional.of(new Gap()))
                    .map(message -> new Received(from, message));
        } catch (MalformedJson | IllegalArgumentException e) {
            return unreadable(String.valueOf(e.getMessage()));
        }
    }

    private static Optional<ClusterMessage> message(JsonNode in) {
        String kind = in.path("is").asString("");
        return Optional.ofNullable(
                switch (kind) {
                    case "gap" -> new Gap();
                    case "list_changed" -> list(in.path("of").asString(""));
                    case "resource_updated" ->
                        new ResourceUpdated(
                                in.has("tenant") ? Optional.of(tenant(in)) : Optional.empty(),
                                in.path("uri").asString(""));
                    case "task_changed" -> new TaskChanged(tenant(in), id(in));
                    case "cancel_task" -> new CancelTask(id(in));
                    case "key_revoked" -> new KeyRevoked(id(in));
                    case "rights_changed" -> new RightsChanged(tenant(in), id(in));
                    case "session_changed" -> new SessionChanged(id(in));
                    case "session_ended" -> new SessionEnded(id(in));
                    case "session_answer" -> new SessionAnswer(in.path("sealed").asString(""));
                    default -> null;
                });
    }

    private static ListChanged list(String of) {
        for (ListChanged.Kind kind : ListChanged.Kind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(of)) {
                return new ListChanged(kind);
            }
        }
        throw new IllegalArgumentException("there is no such list");
    }

    private static Tenant tenant(JsonNode in) {
        return new Tenant(in.path("tenant").asString(""));
    }

    private static String id(JsonNode in) {
        return in.path("id").asString("");
    }

    private static boolean isNode(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_NODE
                && name.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '_'));
    }

    private static Optional<Received> unreadable(String why) {
        LOG.warn("Something on the cluster bus is no message of a node: {}", why);
        return Optional.empty();
    }
}
