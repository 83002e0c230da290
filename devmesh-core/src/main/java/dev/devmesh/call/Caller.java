package dev.devmesh.call;

import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import dev.devmesh.question.Interviewer;
import java.util.Objects;
import java.util.Set;

/**
 * Where a call comes from, and the ways back while it runs.
 *
 * @param principal who calls
 * @param capabilities what the client can do when asked
 * @param trace the trace that the call belongs to
 * @param observer hears what the handler says while it works
 * @param interviewer puts the handler's questions to the client
 * @param charged whether this was charged already: at the door that it came through, or in an earlier round of questions
 */
public record Caller(
        Principal principal,
        Set<ClientCapability> capabilities,
        TraceContext trace,
        CallObserver observer,
        Interviewer interviewer,
        boolean charged) {

    /** Checks that nothing is missing. */
    public Caller {
        Objects.requireNonNull(principal, "principal");
        Objects.requireNonNull(trace, "trace");
        capabilities = Set.copyOf(capabilities);
    }

    /** The program itself, on behalf of a principal: nobody listens and nobody can be asked. */
    public static Caller of(Principal principal) {
        return new Caller(principal, Set.of(), TraceContext.begin(), CallObserver.NONE, Interviewer.nobody(), false);
    }
}
