package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Revision;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.LogLevel;
import java.util.Set;

/**
 * What a client has agreed on by {@code initialize}, and how it is asked.
 *
 * <p>Safe for use by many threads.
 */
final class Session {

    /** What the methods of a session remember beyond the request. */
    interface Memory {

        /** The least serious level of messages that the client wants. */
        LogLevel level();

        /** The client wants messages of this level and above. */
        void level(LogLevel least);

        /**
         * The client wants to hear of a resource.
         *
         * @throws McpError if it hears of too many
         */
        void subscribe(String uri);

        /** The client wants to hear of a resource no more. */
        void unsubscribe(String uri);
    }

    /** So many resources may be subscribed to in one session. */
    static final int MOST_RESOURCES = 1_000;

    /** Their addresses may have so many characters together: they are kept as long as the session lasts. */
    static final int MOST_RESOURCE_CHARS = Listening.MOST_NAME_CHARS;

    /** Of clients that did not say. */
    static final LogLevel USUAL_LEVEL = LogLevel.INFO;

    private final Revision revision;
    private final Set<ClientCapability> capabilities;
    private final Memory memory;
    private final Questions questions;

    Session(Revision revision, Set<ClientCapability> capabilities, Memory memory, Questions questions) {
        this.revision = revision;
        this.capabilities = Set.copyOf(capabilities);
        this.memory = memory;
        this.questions = questions;
    }

    Revision revision() {
        return revision;
    }

    /**
     * Resources that a client wants to hear of, if they are not too many.
     *
     * @throws McpError if they are
     */
    static Set<String> bounded(Set<String> resources) {
        if (resources.size() > MOST_RESOURCES
                || resources.stream().mapToInt(String::length).sum() > MOST_RESOURCE_CHARS) {
            throw McpError.of(new MeshException(
                    ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                    "A session subscribes to at most " + MOST_RESOURCES + " resources, of " + MOST_RESOURCE_CHARS
                            + " characters together.",
                    "Unsubscribe from some of them."));
        }
        return resources;
    }

    /** What the client can do when asked. */
    Set<ClientCapability> capabilities() {
        return capabilities;
    }

    /** The least serious level of messages that the client wants. */
    LogLevel level() {
        return memory.level();
    }

    Memory memory() {
        return memory;
    }

    /** What the client was asked. */
    Questions questions() {
        return questions;
    }
}
