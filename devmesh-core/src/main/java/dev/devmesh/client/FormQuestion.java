package dev.devmesh.client;

import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * A form that a server wants the user to fill in. Show which server asks: the text is the server's, not yours.
 *
 * @param message what the user reads above the form
 * @param schema of the answer: an object of texts, numbers, booleans and choices; must not be changed
 */
public record FormQuestion(String message, ObjectNode schema) {

    /** Checks that nothing is missing. */
    public FormQuestion {
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(schema, "schema");
    }
}
