package dev.devmesh.mcp;

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

        /** The client wants to hear of a resource. */
        void subscribe(Topic resource);

        /** The client wants to hear of a resource no more. */
        void unsubscribe(Topic resource);
    }

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
