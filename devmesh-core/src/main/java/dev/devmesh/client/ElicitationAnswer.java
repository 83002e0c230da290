package dev.devmesh.client;

import dev.devmesh.json.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the user made of a question.
 *
 * <p>Immutable; the tree must not be changed.
 */
public final class ElicitationAnswer {

    private final ObjectNode json;

    private ElicitationAnswer(String action) {
        this.json = Json.object().put("action", action);
    }

    /** The user agrees to open the page. */
    public static ElicitationAnswer accept() {
        return new ElicitationAnswer("accept");
    }

    /**
     * The user filled in the form.
     *
     * @param content a map, a record or a tree, an object in JSON
     * @throws IllegalArgumentException if it is not an object in JSON
     */
    public static ElicitationAnswer accept(Object content) {
        if (!(Json.tree(content) instanceof ObjectNode object)) {
            throw new IllegalArgumentException("the content of an answer must be an object in JSON");
        }
        ElicitationAnswer answer = accept();
        answer.json.set("content", object);
        return answer;
    }

    /** The user says no. */
    public static ElicitationAnswer decline() {
        return new ElicitationAnswer("decline");
    }

    /** The user closed the question without a choice. */
    public static ElicitationAnswer cancel() {
        return new ElicitationAnswer("cancel");
    }

    ObjectNode json() {
        return json;
    }
}
