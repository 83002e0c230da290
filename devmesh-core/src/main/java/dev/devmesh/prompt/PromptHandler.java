package dev.devmesh.prompt;

import dev.devmesh.call.Call;
import dev.devmesh.content.Message;
import java.util.Map;

/**
 * What makes a prompt's messages. Must be safe for use by many threads.
 *
 * <p>What is returned becomes the result: a {@link PromptResult} as it is; a {@link Message} or a list of them; a {@link
 * String} as one message by the user.
 */
@FunctionalInterface
public interface PromptHandler {

    /**
     * Makes the messages for one call.
     *
     * @param arguments those that have a value; every required one is there, and none that the prompt does not have
     * @throws Exception if it cannot; the caller learns only that it failed, the log the rest
     */
    Object handle(Call call, Map<String, String> arguments) throws Exception;
}
