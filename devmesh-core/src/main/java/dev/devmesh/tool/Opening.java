package dev.devmesh.tool;

import dev.devmesh.call.Call;
import dev.devmesh.question.Answer;
import dev.devmesh.question.Answers;
import dev.devmesh.question.Question;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.JsonSchema;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a tool asks before its handler runs: first whether the user wants the call at all, then questions of its own.
 *
 * @param confirmation makes the sentence that the user is to say yes to, or null for none
 * @param questions makes the questions, or null for none
 */
record Opening(
        @Nullable Function<Object, String> confirmation,
        @Nullable Function<Object, List<Question>> questions) {

    /** What the user makes of a confirmation. */
    record Confirmation(@Description("Whether to go on") boolean confirm) {}

    private static final String KEY = "confirm";
    private static final JsonSchema SCHEMA = JsonSchema.of(Confirmation.class);
    private static final Answers NONE = new Answers(Map.of());

    /**
     * Asks.
     *
     * @return the answers to the questions
     * @throws ToolException if the user does not want the call
     */
    Answers ask(Call call, Object input) {
        if (confirmation != null) {
            Answer answer = call.ask(new Question.Form(KEY, confirmation.apply(input), SCHEMA, true))
                    .of(KEY);
            boolean yes = answer instanceof Answer.Accepted accepted
                    && accepted.content().path(KEY).asBoolean();
            if (!yes) {
                throw new ToolException("The user did not confirm; nothing was done.");
            }
        }
        List<Question> asked = questions == null ? List.of() : questions.apply(input);
        return asked.isEmpty() ? NONE : call.ask(asked.toArray(Question[]::new));
    }
}
