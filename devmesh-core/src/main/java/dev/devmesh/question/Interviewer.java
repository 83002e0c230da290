package dev.devmesh.question;

import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.MissingCapabilityException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

    /** Whether {@link #ask} waits until the client has answered. A handler that may ask then needs a thread of its own. */
    default boolean waits() {
        return false;
    }

    /** The answers so far by key, for a call that goes on elsewhere; none where the client answers while the handler waits. */
    default Map<String, GivenAnswer> given() {
        return Map.of();
    }

    /**
     * Refuses questions that cannot be put to a client in one round.
     *
     * @throws IllegalArgumentException if two of them have the same key
     * @throws MissingCapabilityException if the client cannot be asked one of them
     */
    static void require(List<Question> questions, Set<ClientCapability> capabilities) {
        Set<String> keys = new HashSet<>();
        Set<ClientCapability> missing = EnumSet.noneOf(ClientCapability.class);
        for (Question question : questions) {
            if (!keys.add(question.key())) {
                throw new IllegalArgumentException("two questions of one round have the key '" + question.key() + "'");
            }
            if (!capabilities.contains(question.needs())) {
                missing.add(question.needs());
            }
        }
        if (!missing.isEmpty()) {
            throw new MissingCapabilityException("A question of this call", missing);
        }
    }

    /** Nobody can be asked. */
    static Interviewer nobody() {
        return questions -> {
            throw new MissingCapabilityException(
                    "This call",
                    Set.copyOf(questions.stream().map(Question::needs).collect(Collectors.toSet())));
        };
    }
}
