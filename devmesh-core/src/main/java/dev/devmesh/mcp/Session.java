package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.LogLevel;
import java.util.Set;

/** What a client with a session agreed on, and what it has under way here. Safe for use by many threads. */
final class Session {

    private final Revision revision;
    private final Set<ClientCapability> capabilities;
    private volatile LogLevel level = LogLevel.INFO;

    Session(Revision revision, Set<ClientCapability> capabilities) {
        this.revision = revision;
        this.capabilities = Set.copyOf(capabilities);
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
        return level;
    }
}
