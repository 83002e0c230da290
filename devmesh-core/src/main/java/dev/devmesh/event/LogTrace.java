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

    private final @Nullable String before;

    private LogTrace(@Nullable String before) {
        this.before = before;
    }

    /** Begins. */
    public static LogTrace begin(String traceId) {
        LogTrace begun = new LogTrace(MDC.get(KEY));
        MDC.put(KEY, traceId);
        return begun;
    }

    /** Ends. */
    public void end() {
        if (before == null) {
            MDC.remove(KEY);
        } else {
            MDC.put(KEY, before);
        }
    }
}
