package dev.devmesh.client;

import tools.jackson.databind.node.ObjectNode;

/** How a result is to be read. */
final class ResultType {

    static final String COMPLETE = "complete";
    static final String INPUT_REQUIRED = "input_required";
    static final String TASK = "task";

    private ResultType() {}

    /** The type that the result names; older servers name none and mean a complete one. */
    static String of(ObjectNode result) {
        return result.path("resultType").asString(COMPLETE);
    }
}
