package dev.devmesh.client;

import dev.devmesh.call.LogLevel;
import dev.devmesh.json.Json;
import dev.devmesh.schema.HeaderMember;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a request is made, whatever it asks for.
 *
 * @param timeout how long the server may take for an answer
 * @param meta members for {@code _meta} beside those that every request has
 * @param log at which level and above the caller wants to hear the server's log
 * @param wantsProgress whether the server is to tell of progress
 * @param tasks whether the client can come back later for the result
 * @param mirrored the members of the arguments that HTTP repeats in headers
 */
record Terms(
        Duration timeout,
        ObjectNode meta,
        Optional<LogLevel> log,
        boolean wantsProgress,
        boolean tasks,
        List<HeaderMember> mirrored) {

    static Terms within(Duration timeout) {
        return new Terms(timeout, Json.object(), Optional.empty(), false, false, List.of());
    }

    Terms withTasks() {
        return new Terms(timeout, meta, log, wantsProgress, true, mirrored);
    }

    Terms mirroring(List<HeaderMember> members) {
        return new Terms(timeout, meta, log, wantsProgress, tasks, members);
    }
}
