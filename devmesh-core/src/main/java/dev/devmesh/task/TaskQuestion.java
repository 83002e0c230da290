package dev.devmesh.task;

import dev.devmesh.json.Json;
import dev.devmesh.question.Question;
import dev.devmesh.question.Sampling;
import dev.devmesh.schema.JsonSchema;
import java.net.URI;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An open question of a task, as it is kept: what the client is shown of it, and what an answer is held to.
 *
 * <p>Immutable; the trees must not be changed.
 *
 * @param method of the request that carries the question
 * @param params of that request
 * @param schema of the filled-in form where the question is one; else empty
 * @param digest {@link Question#digest()}
 */
public record TaskQuestion(String method, ObjectNode params, ObjectNode schema, String digest) {

    private static final Sampling ANY_SAMPLING = Sampling.of("any", 1);

    /** Checks that nothing is missing. */
    public TaskQuestion {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(params, "params");
        Objects.requireNonNull(schema, "schema");
        Objects.requireNonNull(digest, "digest");
    }

    static TaskQuestion of(Question question) {
        ObjectNode schema =
                question instanceof Question.Form form ? form.schema().json() : Json.object();
        return new TaskQuestion(question.method(), question.params(), schema, question.digest());
    }

    /** Whether this response is an answer. How a question is read depends only on its kind and its form. */
    boolean accepts(JsonNode response) {
        return asked().read(response).isPresent();
    }

    private Question asked() {
        String key = "any";
        return switch (method) {
            case "sampling/createMessage" -> Question.sample(key, ANY_SAMPLING);
            case "roots/list" -> Question.roots(key);
            default ->
                params.has("url")
                        ? Question.visit(key, "", URI.create(params.path("url").asString()))
                        : Question.form(key, "", JsonSchema.parse(schema).checkingFormats());
        };
    }
}
