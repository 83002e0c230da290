package dev.devmesh.tool;

import dev.devmesh.question.Answer;
import dev.devmesh.question.Question;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.JsonSchema;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The user's yes to a call.
 *
 * @param confirm whether it is one
 */
record Confirmation(@Description("Whether to go on") boolean confirm) {

    private static final String KEY = "confirm";
    private static final JsonSchema SCHEMA = JsonSchema.of(Confirmation.class);

    /** The work, after a yes to a sentence made of the arguments. */
    static Tool.Work before(Tool.Work work, boolean async, Function<Object, String> sentence) {
        return (call, input) -> {
            Question question = new Question.Form(KEY, sentence.apply(input), SCHEMA, true);
            Answer answer = call.ask(question).of(KEY);
            if (answer instanceof Answer.Accepted accepted
                    && accepted.content().path(KEY).asBoolean()) {
                return work.run(call, input);
            }
            ToolResult refused = ToolResult.error("The user did not confirm; nothing was done.");
            return async ? CompletableFuture.completedFuture(refused) : refused;
        };
    }
}
