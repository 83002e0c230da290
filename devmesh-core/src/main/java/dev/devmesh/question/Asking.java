package dev.devmesh.question;

import dev.devmesh.call.MissingCapabilityException;
import java.net.URI;
import java.util.List;

/**
 * Lets a handler ask the client that called it.
 *
 * <p><b>A stateless client answers by calling again.</b> The handler that asks is then unwound by {@link AnswerPending} and
 * runs again from its start when the answer has come; questions answered before return at once. So until its last question
 * a handler must do nothing twice that may not be done twice, must ask the same questions in the same order given the same
 * answers, and must not catch {@code Throwable} around a question. A client with a session answers while the handler waits.
 * Where neither is wanted, {@code ToolBuilder.confirm} asks before the handler runs at all.
 *
 * <p>Each method throws {@link MissingCapabilityException} if the client did not declare that it can be asked; see
 * {@code capabilities()} of the call.
 */
public interface Asking {

    /**
     * Asks several questions in one round.
     *
     * @param questions with keys that differ
     */
    Answers ask(Question... questions);

    /** Asks the user to fill in a form: a record of texts, numbers, booleans, enums and lists of enums. */
    default <T> Elicited<T> elicit(String key, String message, Class<T> type) {
        return ask(Question.form(key, message, type)).form(key, type);
    }

    /**
     * Sends the user to a web page.
     *
     * @return whether the user agreed to open it, which says nothing of what was done there
     */
    default boolean visit(String key, String message, URI page) {
        return ask(Question.visit(key, message, page)).of(key) instanceof Answer.Accepted;
    }

    /** Asks the client's language model. */
    default Answer.Sampled sample(String key, Sampling sampling) {
        return ask(Question.sample(key, sampling)).sampled(key);
    }

    /** Asks for the folders that the user works in. */
    default List<Answer.Root> roots() {
        return ask(Question.roots("roots")).roots("roots");
    }
}
