package dev.devmesh.event;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Has every line that this thread logs carry the id of a trace, under {@value #KEY} of SLF4J's context, until it ends. Then what
 * was there before is there again.
 *
 * <p>Confined to the thread that begins it, which also ends it.
 */
public final class LogTrace {

    /** The name under which the log has it. */
    public static final String KEY = "trace_id";

    private static final LogTrace WITHIN = new LogTrace(null, false);

    private final @Nullable String before;
    private final boolean changes;

    private LogTrace(@Nullable String before, boolean changes) {
        this.before = before;
        this.changes = changes;
    }

    /** Begins. */
    public static LogTrace begin(String traceId) {
        String before = MDC.get(KEY);
        if (traceId.equals(before)) {
            return WITHIN; // a handler on the thread that serves its request
        }
        MDC.put(KEY, traceId);
        return new LogTrace(before, true);
    }

    /** Ends. */
    public void end() {
        if (!changes) {
            return;
        }
        if (before == null) {
            MDC.remove(KEY);
        } else {
            MDC.put(KEY, before);
        }
    }
}
