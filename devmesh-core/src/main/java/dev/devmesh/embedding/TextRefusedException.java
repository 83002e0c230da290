package dev.devmesh.embedding;

/** A model will never take a text, for example because it is too long. Asking again does not help. */
public final class TextRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param reason one sentence for the operator, without the text */
    public TextRefusedException(String reason) {
        super(reason);
    }
}
