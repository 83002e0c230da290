package dev.devmesh.event;

import dev.devmesh.ErrorCode;
import dev.devmesh.auth.Principal;
import java.time.Duration;
import java.util.Optional;

/** Something that happened. Holds names and numbers, never arguments, results or secrets. */
public sealed interface MeshEvent {

    /**
     * A tool call ended for its caller.
     *
     * @param tool the name asked for
     * @param principal who called
     * @param trace the id of the trace it belongs to
     * @param took from the first check to the answer
     * @param failure why it failed, or empty when the tool answered, {@code isError} answers included
     * @param isError whether the tool answered that it could not do its work
     */
    record ToolCallEnded(
            String tool, Principal principal, String trace, Duration took, Optional<ErrorCode> failure, boolean isError)
            implements MeshEvent {}

    /**
     * A handler goes on although its caller has its answer, and keeps its permit until it returns.
     *
     * @param tool the tool's name
     * @param running how many calls of the tool run at this moment
     * @param permits how many may
     */
    record ToolOverran(String tool, int running, int permits) implements MeshEvent {}

    /**
     * The set of tools changed.
     *
     * @param version counts the changes
     */
    record ToolsChanged(long version) implements MeshEvent {}

    /**
     * A request was refused before it reached a tool or a service.
     *
     * @param code why
     */
    record RequestRefused(ErrorCode code) implements MeshEvent {}

    /**
     * A client began to listen to changes.
     *
     * @param principal who listens
     */
    record ListenBegan(Principal principal) implements MeshEvent {}

    /**
     * A client listens no more.
     *
     * @param principal who listened
     * @param reason why, for example {@code client disconnected}
     * @param unsent how many messages it was not sent any more
     */
    record ListenEnded(Principal principal, String reason, int unsent) implements MeshEvent {}
}
