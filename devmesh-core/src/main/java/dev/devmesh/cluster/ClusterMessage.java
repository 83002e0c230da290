package dev.devmesh.cluster;

import dev.devmesh.auth.Tenant;
import dev.devmesh.json.Json;
import dev.devmesh.text.Utf8;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What one node tells the others. Small on purpose: written down, with its sender, each takes at most {@value
 * ClusterWire#MAX_BYTES} bytes, which the narrowest bus can carry.
 */
public sealed interface ClusterMessage {

    /** Anything may have changed: messages were missed. */
    record Gap() implements ClusterMessage {}

    /** The set of tools, prompts or resources changed. */
    record ListChanged(Kind kind) implements ClusterMessage {

        /** Of what. */
        public enum Kind {
            /** The tools. */
            TOOLS,
            /** The prompts. */
            PROMPTS,
            /** The resources and resource templates. */
            RESOURCES
        }

        /** Checks that nothing is missing. */
        public ListChanged {
            Objects.requireNonNull(kind, "kind");
        }
    }

    /**
     * The content of one resource changed.
     *
     * @param tenant whose it is, or empty if it is the same for all
     * @param uri which one; see {@link #canHold}
     */
    record ResourceUpdated(Optional<Tenant> tenant, String uri) implements ClusterMessage {

        /** The most bytes that the address may take as JSON. */
        public static final int MAX_URI_BYTES = 4_000;

        /** Checks that nothing is missing or too long. */
        public ResourceUpdated {
            Objects.requireNonNull(tenant, "tenant");
            if (!canHold(uri)) {
                throw new IllegalArgumentException("an address of more than " + MAX_URI_BYTES
                        + " bytes, or with U+0000 or half of a surrogate pair, is no message; publish a Gap instead");
            }
        }

        /** Whether the address is one that a message can hold; of others a {@link Gap} tells. */
        public static boolean canHold(String uri) {
            return Utf8.isStorable(uri) && uri.length() <= MAX_URI_BYTES && Json.bytes(uri).length <= MAX_URI_BYTES;
        }
    }

    /**
     * A task moved on. Who may hear of it is in the task, which whoever has somebody to tell it reads.
     *
     * @param tenant whose it is
     * @param taskId which one
     */
    record TaskChanged(Tenant tenant, String taskId) implements ClusterMessage {

        /** Checks that nothing is missing. */
        public TaskChanged {
            Objects.requireNonNull(tenant, "tenant");
            Names.check("task", taskId);
        }
    }

    /** A task was cancelled: what runs of it is to be interrupted. */
    record CancelTask(String taskId) implements ClusterMessage {

        /** Checks that nothing is missing. */
        public CancelTask {
            Names.check("task", taskId);
        }
    }

    /** An API key is good no longer. */
    record KeyRevoked(String keyId) implements ClusterMessage {

        /** Checks that nothing is missing. */
        public KeyRevoked {
            Names.check("key", keyId);
        }
    }

    /**
     * What a user may do changed, or whether it may do anything.
     *
     * @param tenant whose it is
     * @param userId which one; empty where it may be any of the tenant, or the tenant itself
     */
    record RightsChanged(Tenant tenant, String userId) implements ClusterMessage {

        /** Checks that nothing is missing. */
        public RightsChanged {
            Objects.requireNonNull(tenant, "tenant");
            if (!userId.isEmpty()) {
                Names.check("user", userId);
            }
        }
    }

    /** What is noted of an MCP session changed: whoever serves it reads it again. */
    record SessionChanged(String sessionId) implements ClusterMessage {

        /** Checks that nothing is missing. */
        public SessionChanged {
            Names.check("session", sessionId);
        }
    }

    /** An MCP session was ended by its client. */
    record SessionEnded(String sessionId) implements ClusterMessage {

        /** Checks that nothing is missing. */
        public SessionEnded {
            Names.check("session", sessionId);
        }
    }

    /**
     * The answer of an MCP client to a question that another node asked. Sealed under the session secret, because it may be
     * confidential and because who listens to a bus need not be a node.
     *
     * @param sealed at most {@value #MAX_SEALED} characters of {@code A-Z a-z 0-9 - _}
     */
    record SessionAnswer(String sealed) implements ClusterMessage {

        /** The most characters that it may have. */
        public static final int MAX_SEALED = 7_600;

        private static final Pattern SEALED = Pattern.compile("[A-Za-z0-9_-]+");

        /** Checks form and size. */
        public SessionAnswer {
            if (sealed.length() > MAX_SEALED || !SEALED.matcher(sealed).matches()) {
                throw new IllegalArgumentException(
                        "a sealed answer has 1 to " + MAX_SEALED + " characters of A-Z a-z 0-9 - _");
            }
        }

        /** Not what is sealed: it is long and says nothing. */
        @Override
        public String toString() {
            return "SessionAnswer[" + sealed.length() + " characters]";
        }
    }
}
