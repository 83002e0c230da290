package dev.devmesh.task;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.question.Answer;
import dev.devmesh.question.AnswerPending;
import dev.devmesh.question.Answers;
import dev.devmesh.question.GivenAnswer;
import dev.devmesh.question.Interviewer;
import dev.devmesh.question.Question;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Answers a handler's questions from what the task has been told, and unwinds the handler at the first round that has an open
 * one. An answer belongs to a question by key and digest: a handler that asks something else under a key that was answered
 * breaks the task, for the key cannot be asked again.
 *
 * <p>Safe for use by many threads.
 */
final class TaskInterviewer implements Interviewer {

    private final Map<String, GivenAnswer> given;
    private final Set<ClientCapability> capabilities;
    private final AtomicReference<MeshException> broken = new AtomicReference<>();

    TaskInterviewer(Map<String, GivenAnswer> given, Set<ClientCapability> capabilities) {
        this.given = given;
        this.capabilities = capabilities;
    }

    /** What was wrong with the handler's questions, even if the handler hid it. */
    Optional<MeshException> broken() {
        return Optional.ofNullable(broken.get());
    }

    @Override
    public Map<String, GivenAnswer> given() {
        return given;
    }

    @Override
    public Answers ask(List<Question> questions) {
        Interviewer.require(questions, capabilities);
        Map<String, Answer> answers = new HashMap<>();
        List<Question> open = new ArrayList<>();
        for (Question question : questions) {
            GivenAnswer known = given.get(question.key());
            if (known == null) {
                open.add(question);
            } else {
                answers.put(question.key(), answer(question, known));
            }
        }
        if (!open.isEmpty()) {
            throw new AnswerPending(open);
        }
        return new Answers(answers);
    }

    private Answer answer(Question question, GivenAnswer known) {
        if (known.digest().equals(question.digest())) {
            Optional<Answer> answer = question.read(known.response());
            if (answer.isPresent()) {
                return answer.get();
            }
        }
        MeshException changed = new MeshException(
                ErrorCode.REQUEST_STATE_INVALID,
                "The tool now asks something else as '" + question.key() + "' than what was answered.",
                "Call it again.");
        broken.compareAndSet(null, changed);
        throw changed;
    }
}
