package dev.devmesh.question;

import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client's answer, kept so that a call can go on with it later or elsewhere.
 *
 * <p>Immutable; the tree must not be changed.
 *
 * @param digest of the question that was answered: {@link Question#digest()}
 * @param response as the client sent it
 */
public record GivenAnswer(String digest, ObjectNode response) {

    /** Checks that nothing is missing. */
    public GivenAnswer {
        Objects.requireNonNull(digest, "digest");
        Objects.requireNonNull(response, "response");
    }
}
