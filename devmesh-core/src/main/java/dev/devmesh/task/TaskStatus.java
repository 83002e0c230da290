package dev.devmesh.task;

/** How a task stands. */
public enum TaskStatus {
    /** It waits for a worker, or one is at it. */
    WORKING("working"),
    /** It goes on when its open questions are answered. */
    INPUT_REQUIRED("input_required"),
    /** The tool has returned a result, which may say that it could not do its work. */
    COMPLETED("completed"),
    /** There is no result, for a reason that concerns the client. */
    FAILED("failed"),
    /** Its owner did not want it any more. */
    CANCELLED("cancelled");

    private final String wireName;

    TaskStatus(String wireName) {
        this.wireName = wireName;
    }

    /** The status as it travels. */
    public String wireName() {
        return wireName;
    }

    /** Whether it stays like that. */
    public boolean isFinal() {
        return this == COMPLETED || this == FAILED || this == CANCELLED;
    }
}
