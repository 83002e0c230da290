package dev.devmesh.question;

import dev.devmesh.call.MissingCapabilityException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Puts a handler's questions to the client, each protocol in its own way.
 *
 * <p>Must be safe for use by many threads.
 */
@FunctionalInterface
public interface Interviewer {

    /**
     * Asks.
     *
     * @param questions at least one, with keys that differ
     * @return an answer to each
     * @throws AnswerPending if the call is to be made again when the answers have come
     * @throws MissingCapabilityException if the client cannot be asked
     */
    Answers ask(List<Question> questions);

    /** Nobody can be asked. */
    static Interviewer nobody() {
        return questions -> {
            throw new MissingCapabilityException(
                    "This call",
                    Set.copyOf(questions.stream().map(Question::needs).collect(Collectors.toSet())));
        };
    }
}
