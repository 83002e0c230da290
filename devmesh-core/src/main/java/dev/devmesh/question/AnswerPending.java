package dev.devmesh.question;

import java.util.List;

/**
 * Unwinds a handler whose questions are not answered yet. An {@code Error} without a stack, so that handlers that catch
 * {@code Exception} let it pass and unwinding costs little. Not a fault: never log it.
 */
public final class AnswerPending extends Error {

    private static final long serialVersionUID = 1L;

    private final transient List<Question> questions;

    /** These questions are open. */
    public AnswerPending(List<Question> questions) {
        super("waiting for the client's answers", null, false, false);
        this.questions = List.copyOf(questions);
    }

    /** What the client is to be asked. */
    public List<Question> questions() {
        return questions;
    }
}
