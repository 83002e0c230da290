package dev.devmesh.tool;

import dev.devmesh.call.Call;
import dev.devmesh.call.CallContext;
import dev.devmesh.question.Answers;
import java.util.concurrent.CompletionStage;

/**
 * What a tool does.
 *
 * @param <I> the type of the arguments
 * @param <O> the type of the result
 */
@FunctionalInterface
public interface ToolHandler<I, O> {

    /**
     * Does the work of one call.
     *
     * <p>What is returned becomes the result: a {@link ToolResult} as it is; a {@link dev.devmesh.content.Content} or a list of them; a text,
     * number, boolean or enum constant as text; nothing for null; anything else as JSON, structured and as text.
     *
     * @throws ToolException to tell the caller's language model, in the tool's own words, why it did not work
     * @throws Exception for any other reason; the caller learns only that the tool failed, the log the rest
     */
    O handle(Call call, I input) throws Exception;

    /**
     * A handler that is asynchronous already. It cannot ask the client: there is no thread that could be unwound.
     *
     * @param <I> the type of the arguments
     * @param <O> the type of the result
     */
    @FunctionalInterface
    interface Async<I, O> {

        /** Begins the work of one call, without waiting; see {@link ToolHandler#handle}. */
        CompletionStage<? extends O> handle(CallContext call, I input) throws Exception;
    }

    /**
     * A handler of a tool that {@link ToolBuilder#asksFirst asks first}.
     *
     * @param <I> the type of the arguments
     * @param <O> the type of the result
     */
    @FunctionalInterface
    interface WithAnswers<I, O> {

        /**
         * Does the work of one call; see {@link ToolHandler#handle}.
         *
         * @param answers to what was asked first, by the keys of the questions
         */
        O handle(Call call, I input, Answers answers) throws Exception;
    }

    /**
     * A handler without arguments.
     *
     * @param <O> the type of the result
     */
    @FunctionalInterface
    interface OfCall<O> {

        /** Does the work of one call; see {@link ToolHandler#handle}. */
        O handle(Call call) throws Exception;
    }
}
