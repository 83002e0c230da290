package dev.devmesh.tool;

import dev.devmesh.call.Fallible;
import dev.devmesh.call.Unfinished;

/**
 * What became of a call that is to run later.
 *
 * @param <T> what stands for it until then
 */
public sealed interface Deferral<T> {

    /**
     * It will run.
     *
     * @param receipt what stands for it until then
     * @param <T> its type
     */
    record Recorded<T>(T receipt) implements Deferral<T>, Unfinished {}

    /**
     * It will not: what the tool asks first ended it.
     *
     * @param result what the caller is told
     * @param <T> what would have stood for it
     */
    record Ended<T>(ToolResult result) implements Deferral<T>, Fallible {
        @Override
        public boolean isError() {
            return result.isError();
        }
    }
}
