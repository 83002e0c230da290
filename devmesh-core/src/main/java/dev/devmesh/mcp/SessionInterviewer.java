package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.question.Answer;
import dev.devmesh.question.Answers;
import dev.devmesh.question.Interviewer;
import dev.devmesh.question.Question;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks a client with a session while the handler of one call waits: each question is a request on the stream of the call.
 *
 * <p>Safe for use by many threads.
 */
final class SessionInterviewer implements Interviewer {

    /** How long the client may take for its answers to one round. */
    static final Duration PATIENCE = Rounds.LIFE;

    /** How often a question is put again whose answer does not fit. */
    private static final int MOST_TRIES = 3;

    private final Session session;
    private final Reply reply;
    private final Set<Questions.Asked> unanswered = ConcurrentHashMap.newKeySet();

    SessionInterviewer(Session session, Reply reply) {
        this.session = session;
        this.reply = reply;
    }

    /** Yes, if the client can be asked anything at all. */
    @Override
    public boolean waits() {
        return !session.capabilities().isEmpty();
    }

    @Override
    public Answers ask(List<Question> questions) {
        Interviewer.require(questions, session.capabilities());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Map<String, Answer> answers = new HashMap<>();
        List<Question> open = questions;
        for (int tries = 1; !open.isEmpty(); tries++) {
            open = round(open, answers, deadline);
            if (!open.isEmpty() && tries == MOST_TRIES) {
                throw refusal("The client's answer to '" + open.get(0).key() + "' does not fit the question, after "
                        + MOST_TRIES + " tries.");
            }
        }
        return new Answers(answers);
    }

    /** Asks, and waits for the answers; those questions are returned whose answers do not fit. */
    private List<Question> round(List<Question> questions, Map<String, Answer> answers, long deadline) {
        List<Questions.Asked> asked = new ArrayList<>();
        try {
            for (Question question : questions) {
                Questions.Asked one = session.questions().open();
                asked.add(one);
                unanswered.add(one);
                ObjectNode params = RevisionShape.of(session.revision()).params(question);
                if (!reply.ask(Wire.request(one.id(), question.method(), params))) {
                    throw new MeshException(ErrorCode.CANCELLED, "The client has gone before it was asked.", "");
                }
            }
            List<Question> unfit = new ArrayList<>();
            for (int i = 0; i < questions.size(); i++) {
                Question question = questions.get(i);
                ObjectNode response = await(asked.get(i), deadline);
                unanswered.remove(asked.get(i));
                Optional<Answer> answer = question.read(result(response));
                answer.ifPresentOrElse(found -> answers.put(question.key(), found), () -> unfit.add(question));
            }
            return unfit;
        } finally {
            asked.forEach(this::withdraw);
        }
    }

    /** The call, which takes its questions back when it is cancelled: before its stream ends, while the client can be told. */
    McpCall cancelling(McpCall call) {
        return reason -> {
            List<Questions.Asked> open = List.copyOf(unanswered);
            open.forEach(this::withdraw);
            call.cancel(reason);
            open.forEach(question -> question.response().completeExceptionally(cancelled()));
        };
    }

    private void withdraw(Questions.Asked question) {
        session.questions().close(question);
        if (unanswered.remove(question) && !question.response().isDone()) {
            reply.push(Wire.notification(
                    "notifications/cancelled", out -> out.writeStringProperty("requestId", question.id())));
        }
    }

    private static ObjectNode await(Questions.Asked asked, long deadline) {
        try {
            return asked.response().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw refusal("The client did not answer within " + PATIENCE.toMinutes() + " minutes.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cancelled();
        } catch (ExecutionException e) {
            throw (MeshException) e.getCause(); // of cancelling, or of Questions.closeAll
        }
    }

    private static MeshException cancelled() {
        return new MeshException(ErrorCode.CANCELLED, "The call ended before the client answered.", "");
    }

    private static JsonNode result(ObjectNode response) {
        JsonNode error = response.path("error");
        if (error.isObject()) {
            String why = error.path("message").asString("").strip();
            throw refusal("The client could not answer"
                    + (why.isEmpty() ? "." : ": " + (why.length() > 500 ? why.substring(0, 500) + "…" : why)));
        }
        return response.path("result");
    }

    private static MeshException refusal(String sentence) {
        return new MeshException(ErrorCode.HANDLER_REFUSED, sentence, "");
    }
}
