package dev.devmesh.tool;

/**
 * A tool could not do its work, and the caller may know why: the message becomes the text of an {@code isError} result.
 */
public class ToolException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** With a message for the caller's language model: what is wrong and what to try instead. */
    public ToolException(String message) {
        super(message);
    }

    /** With a message for the caller's language model, and a cause for the log. */
    public ToolException(String message, Throwable cause) {
        super(message, cause);
    }
}
