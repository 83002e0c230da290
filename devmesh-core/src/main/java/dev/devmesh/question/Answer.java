package dev.devmesh.question;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came back for a question.
 *
 * <p>Immutable; the trees must not be changed.
 */
public sealed interface Answer {

    /**
     * The user agreed.
     *
     * @param content the form as filled in; it fits the question's schema. Empty for a web page
     */
    record Accepted(ObjectNode content) implements Answer {}

    /** The user said no. */
    record Declined() implements Answer {}

    /** The user closed the question without a choice. */
    record Cancelled() implements Answer {}

    /**
     * The language model answered.
     *
     * @param response as the client sent it: {@code role}, {@code content}, {@code model} and more
     */
    record Sampled(ObjectNode response) implements Answer {

        /** The texts of the answer, one after the other. */
        public String text() {
            JsonNode content = response.path("content");
            if (content.isObject()) {
                return content.path("text").asString("");
            }
            StringBuilder text = new StringBuilder();
            content.forEach(block -> text.append(block.path("text").asString("")));
            return text.toString();
        }
    }

    /**
     * The folders that the user works in.
     *
     * @param roots in the client's order
     */
    record Roots(List<Root> roots) implements Answer {
        /** Copies the list. */
        public Roots {
            roots = List.copyOf(roots);
        }
    }

    /**
     * A folder.
     *
     * @param uri its {@code file://} address
     * @param name what people call it, or empty
     */
    record Root(String uri, String name) {}
}
