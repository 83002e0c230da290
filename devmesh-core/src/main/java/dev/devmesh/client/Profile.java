package dev.devmesh.client;

import dev.devmesh.Revision;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who this client is and what it may speak.
 *
 * @param info its name and version, as servers are told
 * @param inputs what it can be asked
 * @param revisions what it may speak, the newest first; not empty
 * @param timeout how long a server may take for an answer
 * @param probe how long a server that is asked whether it is stateless may be silent
 * @param maxMessageBytes the largest message that is taken
 */
record Profile(
        ObjectNode info,
        ClientInputs inputs,
        List<Revision> revisions,
        Duration timeout,
        Duration probe,
        int maxMessageBytes) {

    boolean maySpeakStateless() {
        return revisions.contains(Revision.V2026_07_28);
    }

    /** The newest revision with sessions that this client may speak. */
    Optional<Revision> newestWithSessions() {
        return revisions.stream().filter(Revision::hasSessions).findFirst();
    }

    /** The newest of them that a server names in {@code supported}. */
    Optional<Revision> newestWithSessions(JsonNode supported) {
        List<String> dates = Reading.texts(supported);
        return revisions.stream()
                .filter(Revision::hasSessions)
                .filter(revision -> dates.contains(revision.date()))
                .findFirst();
    }
}
