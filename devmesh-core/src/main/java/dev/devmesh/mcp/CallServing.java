package dev.devmesh.mcp;

import dev.devmesh.MeshException;
import dev.devmesh.call.CallObserver;
import dev.devmesh.call.Caller;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.Execution;
import dev.devmesh.call.LogLevel;
import dev.devmesh.event.TraceContext;
import dev.devmesh.question.AnswerPending;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** What the methods share that run handlers: {@code tools/call}, {@code prompts/get} and {@code resources/read}. */
final class CallServing {

    /** How a method words the end of a call. */
    interface Wording<T> {

        /** Answers with what the handler returned. */
        void complete(Reply reply, T result);

        /** Answers with why there is nothing. */
        default void refuse(Reply reply, MeshException reason) {
            reply.fail(McpError.of(reason));
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(CallServing.class);

    private final Rounds rounds;

    CallServing(Rounds rounds) {
        this.rounds = rounds;
    }

    /**
     * Runs a handler and answers with what comes of it.
     *
     * @param definition what is called, as clients see it
     * @param begin begins the call for this caller
     */
    <T> McpCall serve(
            McpRequest request,
            Reply reply,
            Supplier<byte[]> definition,
            Function<Caller, Execution<T>> begin,
            Wording<T> wording) {
        Set<ClientCapability> capabilities = request.capabilities();
        TraceContext trace = request.trace();
        Optional<JsonNode> token = request.progressToken();
        Optional<LogLevel> level = request.logLevel();
        CallObserver observer =
                token.isEmpty() && level.isEmpty() ? CallObserver.NONE : new Notifying(token, level, reply);
        Session session = request.session();
        if (session != null) {
            SessionInterviewer interviewer = new SessionInterviewer(session, reply);
            Caller caller = new Caller(request.principal(), capabilities, trace, observer, interviewer, true);
            return interviewer.cancelling(answer(begin.apply(caller), reply, trace, wording));
        }
        Round round = rounds.open(request, definition, capabilities);
        Execution<T> execution =
                begin.apply(new Caller(request.principal(), capabilities, trace, observer, round, true));
        execution.result().whenComplete((result, problem) -> {
            if (round.broken().isPresent()) {
                reply.fail(McpError.of(round.broken().get()));
            } else if (problem instanceof AnswerPending pending) {
                ask(reply, round, pending);
            } else {
                answer(reply, trace, result, problem, wording);
            }
        });
        return cancelling(execution, reply);
    }

    /** Answers with what comes of a call that cannot ask. */
    static <T> McpCall answer(Execution<T> execution, Reply reply, TraceContext trace, Wording<T> wording) {
        execution.result().whenComplete((result, problem) -> answer(reply, trace, result, problem, wording));
        return cancelling(execution, reply);
    }

    private static <T> void answer(
            Reply reply, TraceContext trace, T result, @Nullable Throwable problem, Wording<T> wording) {
        if (problem == null) {
            wording.complete(reply, result);
        } else if (problem instanceof MeshException reason) {
            wording.refuse(reply, reason);
        } else {
            LOG.error("A call ended in a fault, trace {}", trace.traceId(), problem);
            reply.fail(McpError.panic(trace));
        }
    }

    private static McpCall cancelling(Execution<?> execution, Reply reply) {
        return reason -> {
            reply.abandon();
            execution.cancel(reason);
        };
    }

    private static void ask(Reply reply, Round round, AnswerPending pending) {
        String state;
        try {
            state = round.nextState(pending.questions());
        } catch (McpError tooMuch) {
            reply.fail(tooMuch);
            return;
        }
        reply.requireInput(out -> {
            out.writeObjectPropertyStart("inputRequests");
            pending.questions().forEach(question -> {
                out.writeObjectPropertyStart(question.key());
                out.writeStringProperty("method", question.method());
                out.writeName("params");
                out.writeTree(question.params());
                out.writeEndObject();
            });
            out.writeEndObject();
            out.writeStringProperty("requestState", state);
        });
    }
}
