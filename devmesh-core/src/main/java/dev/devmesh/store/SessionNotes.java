package dev.devmesh.store;

import dev.devmesh.call.LogLevel;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What is kept of a session of an MCP client beyond what its id says. Most sessions never need any.
 *
 * <p>Immutable.
 *
 * @param id of the session: 1 to 64 characters
 * @param level the least serious level of log messages that the client asked for, if it did
 * @param resources the addresses of the resources that it wants to hear of
 * @param deleted whether the client ended the session; it then stays ended
 * @param expiresAt when the session, and with it this, is over
 */
public record SessionNotes(
        String id, Optional<LogLevel> level, Set<String> resources, boolean deleted, Instant expiresAt) {

    /** Checks the id and copies the resources. */
    public SessionNotes {
        if (id.isEmpty() || id.length() > 64) {
            throw new IllegalArgumentException("a session needs an id of 1 to 64 characters");
        }
        Objects.requireNonNull(level, "level");
        Objects.requireNonNull(expiresAt, "expiresAt");
        resources = Set.copyOf(resources);
    }

    /** Nothing is noted yet. */
    public static SessionNotes none(String id, Instant expiresAt) {
        return new SessionNotes(id, Optional.empty(), Set.of(), false, expiresAt);
    }

    /** With another level of log messages. */
    public SessionNotes withLevel(LogLevel least) {
        return new SessionNotes(id, Optional.of(least), resources, deleted, expiresAt);
    }

    /** With other resources to hear of. */
    public SessionNotes withResources(Set<String> addresses) {
        return new SessionNotes(id, level, addresses, deleted, expiresAt);
    }

    /** Ended by the client: nothing else of it matters any more. */
    public SessionNotes ended() {
        return new SessionNotes(id, Optional.empty(), Set.of(), true, expiresAt);
    }
}
