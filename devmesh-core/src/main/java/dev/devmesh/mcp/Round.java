package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.json.Json;
import dev.devmesh.question.Answer;
import dev.devmesh.question.AnswerPending;
import dev.devmesh.question.Answers;
import dev.devmesh.question.GivenAnswer;
import dev.devmesh.question.Interviewer;
import dev.devmesh.question.Question;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request of a call that asks: which answers it brings, and which are still open. See {@link Rounds}.
 *
 * <p>Safe for use by many threads.
 */
final class Round implements Interviewer {

    private final Rounds rounds;
    private final Supplier<String> binding;
    private final Map<String, ObjectNode> responses;
    private final Set<ClientCapability> capabilities;
    private final ReentrantLock lock = new ReentrantLock();

    /** By key: the digest of the question and the response, of this round and all before. */
    private final ObjectNode answered;

    /** By key: the digest of the question as it was asked in the round before. */
    private final JsonNode asked;

    private @Nullable MeshException broken;

    /**
     * @param state of the round before; empty in the first
     */
    Round(
            Rounds rounds,
            Supplier<String> binding,
            ObjectNode state,
            Map<String, ObjectNode> responses,
            Set<ClientCapability> capabilities) {
        this.rounds = rounds;
        this.binding = binding;
        this.responses = responses;
        this.capabilities = capabilities;
        this.answered = state.path("answered") instanceof ObjectNode known ? known : Json.object();
        this.asked = state.path("asked");
    }

    /** What was wrong with the request as the handler's questions showed, even if the handler hid it. */
    Optional<MeshException> broken() {
        lock.lock();
        try {
            return Optional.ofNullable(broken);
        } finally {
            lock.unlock();
        }
    }

    /** The state that the client must bring with the answers. */
    String nextState(List<Question> open) {
        ObjectNode questions = Json.object();
        open.forEach(question -> questions.put(question.key(), question.digest()));
        lock.lock();
        try {
            return rounds.seal(binding.get(), answered, questions);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<String, GivenAnswer> given() {
        Map<String, GivenAnswer> given = new LinkedHashMap<>();
        lock.lock();
        try {
            answered.properties().forEach(answer -> {
                JsonNode value = answer.getValue();
                given.put(answer.getKey(), new GivenAnswer(value.path("digest").asString(), (ObjectNode)
                        value.path("response")));
            });
        } finally {
            lock.unlock();
        }
        return given;
    }

    @Override
    public Answers ask(List<Question> questions) {
        lock.lock();
        try {
            Interviewer.require(questions, capabilities);
            Map<String, Answer> answers = new HashMap<>();
            List<Question> open = new ArrayList<>();
            for (Question question : questions) {
                answer(question)
                        .ifPresentOrElse(answer -> answers.put(question.key(), answer), () -> open.add(question));
            }
            if (!open.isEmpty()) {
                throw new AnswerPending(open);
            }
            return new Answers(answers);
        } finally {
            lock.unlock();
        }
    }

    private Optional<Answer> answer(Question question) {
        String key = question.key();
        String digest = question.digest();
        JsonNode known = answered.path(key);
        if (known.isObject()) {
            requireSame(key, known.path("digest").asString(""), digest);
            return question.read(known.path("response"));
        }
        JsonNode before = asked.path(key);
        if (before.isString()) {
            requireSame(key, before.asString(), digest);
        } else if (question.needsProof()) {
            return Optional.empty();
        }
        ObjectNode response = responses.get(key);
        Optional<Answer> answer = response == null ? Optional.empty() : question.read(response);
        if (answer.isPresent()) {
            answered.putObject(key).put("digest", digest).set("response", response);
        }
        return answer;
    }

    private void requireSame(String key, String before, String now) {
        if (!before.equals(now)) {
            broken = new MeshException(
                    ErrorCode.REQUEST_STATE_INVALID,
                    "The question '" + key + "' is not the one that was answered.",
                    "Make the call again without requestState and inputResponses.");
            throw broken;
        }
    }
}
