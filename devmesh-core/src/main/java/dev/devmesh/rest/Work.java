package dev.devmesh.rest;

import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** What a route does, and how. */
sealed interface Work {

    /** Answers, on a thread that may wait. */
    non-sealed interface Plain extends Work {
        RestResponse handle(RestCall call);
    }

    /** Answers within a unit of work, which commits with the answer and is undone when this throws. */
    non-sealed interface Creating extends Work {
        RestResponse handle(RestCall call, RestUnit unit);
    }

    /** Begins what ends by itself, within a time of its own. */
    non-sealed interface Async extends Work {
        Begun begin(RestCall call);
    }

    /**
     * What is under way.
     *
     * @param answer ends with the answer or with what went wrong
     * @param cancel for when the caller has gone, with the reason
     */
    record Begun(CompletionStage<RestResponse> answer, Consumer<String> cancel) {}
}
