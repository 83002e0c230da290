package dev.devmesh.question;

import dev.devmesh.json.Json;
import java.util.List;
import java.util.Map;

/**
 * The answers of one round, by the keys of its questions.
 *
 * <p>Immutable.
 */
public final class Answers {

    private final Map<String, Answer> byKey;

    /** These answers. */
    public Answers(Map<String, Answer> byKey) {
        this.byKey = Map.copyOf(byKey);
    }

    /**
     * The answer to the question of this key.
     *
     * @throws IllegalArgumentException if no such question was asked in this round
     */
    public Answer of(String key) {
        Answer answer = byKey.get(key);
        if (answer == null) {
            throw new IllegalArgumentException("no question was asked under the key '" + key + "'");
        }
        return answer;
    }

    /** The form of this key as filled in, as a record. */
    public <T> Elicited<T> form(String key, Class<T> type) {
        return of(key) instanceof Answer.Accepted accepted
                ? Elicited.accepted(Json.read(accepted.content(), type))
                : Elicited.refused(of(key) instanceof Answer.Declined);
    }

    /** What the language model answered to the question of this key. */
    public Answer.Sampled sampled(String key) {
        return (Answer.Sampled) of(key);
    }

    /** The folders that came back for this key. */
    public List<Answer.Root> roots(String key) {
        return ((Answer.Roots) of(key)).roots();
    }
}
