package dev.devmesh.event;

import dev.devmesh.ErrorCode;
import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.context.Erasure;
import dev.devmesh.task.TaskStatus;
import java.time.Duration;
import java.util.Optional;

/** Something that happened. Holds names and numbers, never arguments, results or secrets. */
public sealed interface MeshEvent {

    /**
     * A call of a tool, prompt or resource ended for its caller.
     *
     * @param kind what was called
     * @param name the name asked for
     * @param principal who called
     * @param trace the id of the trace it belongs to
     * @param took from the first check to the answer
     * @param failure why it failed, or empty when the handler answered, {@code isError} answers included
     * @param isError whether a tool answered that it could not do its work
     */
    record CallEnded(
            CallPolicy.Kind kind,
            String name,
            Principal principal,
            String trace,
            Duration took,
            Optional<ErrorCode> failure,
            boolean isError)
            implements MeshEvent {}

    /**
     * A handler goes on although its caller has its answer, and keeps its permit until it returns.
     *
     * @param kind what was called
     * @param name its name
     * @param running how many of its calls run at this moment
     * @param permits how many may
     */
    record CallOverran(CallPolicy.Kind kind, String name, int running, int permits) implements MeshEvent {}

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
     * @param what the route or the method of the protocol that was asked for, never what else the client wrote; empty where that is not
     *     known
     * @param principal who asked, as far as that is known; of a credential that is good no longer, who it was of
     * @param remoteAddress where the request came from, or empty
     * @param trace the id of the trace it belongs to, or empty
     */
    record RequestRefused(
            ErrorCode code, String what, Optional<Principal> principal, String remoteAddress, String trace)
            implements MeshEvent {

        /** One of which no more is known. */
        public RequestRefused(ErrorCode code) {
            this(code, "", Optional.empty(), "", "");
        }
    }

    /**
     * A context was made, changed or deleted.
     *
     * @param principal who did it
     * @param verb {@code create}, {@code append}, {@code update}, {@code compact} or {@code delete}
     * @param id which one
     * @param trace the id of the trace it belongs to, or empty
     */
    record ContextChanged(Principal principal, String verb, String id, String trace) implements MeshEvent {}

    /**
     * What happened was not written to the audit log, because it came faster than the store took it.
     *
     * @param acts how many of them
     */
    record AuditLost(long acts) implements MeshEvent {}

    /**
     * A task was made, asks something, goes on or has ended.
     *
     * @param id which one
     * @param tool the name of the tool
     * @param owner who made it
     * @param status how it stands now
     */
    record TaskChanged(String id, String tool, Principal owner, TaskStatus status) implements MeshEvent {}

    /**
     * Everything of an agent or a tenant was erased.
     *
     * @param receipt the proof
     */
    record DataErased(Erasure receipt) implements MeshEvent {}

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

    /**
     * A client began a session.
     *
     * @param revision the one agreed on
     */
    record SessionBegan(Revision revision) implements MeshEvent {}

    /** A client ended its session over HTTP. Sessions that are only left go without this. */
    record SessionEnded() implements MeshEvent {}

    /** A client connected over the network. */
    record ConnectionOpened() implements MeshEvent {}

    /** A connection over the network is closed. */
    record ConnectionClosed() implements MeshEvent {}

    /**
     * The head of an HTTP request was read. Exactly one {@link HttpServed} follows.
     *
     * @param surface which of the server's faces was called, for example {@code edge}
     */
    record HttpReceived(String surface) implements MeshEvent {}

    /**
     * The answer to an HTTP request is complete.
     *
     * @param surface which of the server's faces was called, for example {@code edge}
     * @param method in capitals, or {@code other} for one that no path knows
     * @param route the path or path template that served it, never what the client wrote; {@code none} where there is none
     * @param status of the answer; 499 if the connection closed before the answer was complete, 101 if it became a WebSocket
     * @param took from the end of the request's head to the end of the answer, a stream's last event included
     */
    record HttpServed(String surface, String method, String route, int status, Duration took) implements MeshEvent {}

    /**
     * A batch of items was given to the embedding model, or would have been if all were not known.
     *
     * @param model the name of the model
     * @param embedded how many have an embedding now that the model made
     * @param reused how many have one that was known
     * @param refused how many the model will never take
     * @param postponed how many wait because the model or the store failed
     * @param took from leasing the items to storing the result
     */
    record ItemsEmbedded(String model, int embedded, int reused, int refused, int postponed, Duration took)
            implements MeshEvent {}

    /**
     * What is left to embed, over all tenants, has changed; it is looked at every few seconds. Nothing is left until the first of these.
     *
     * @param pending how many items wait for their embedding
     * @param failed how many the model refused
     */
    record EmbeddingsLeft(long pending, long failed) implements MeshEvent {}

    /** A connection became a WebSocket. Exactly one {@link WebSocketClosed} follows. */
    record WebSocketOpened() implements MeshEvent {}

    /**
     * A WebSocket is closed.
     *
     * @param cause why, one of a few words such as {@code client_closed} or {@code too_big}
     */
    record WebSocketClosed(String cause) implements MeshEvent {}
}
