package dev.devmesh.event;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Has every line that this thread logs carry the id of a trace, under {@value #KEY} of SLF4J's context, and what the thread is
 * doing, under {@value #DOING}, until it ends. Then what was there before is there again.
 *
 * <p>Confined to the thread that begins it, which also ends it.
 */
public final class LogTrace {

    /** The name under which the log has the trace. */
    public static final String KEY = "trace_id";

    /** The name under which the log has the route, or the handler, that the thread works for. Nothing a caller wrote is in it. */
    public static final String DOING = "doing";

    private static final LogTrace WITHIN = new LogTrace(false, null, null, false, null);

    /** Beside SLF4J's context, of which not every backend keeps something. */
    private static final ThreadLocal<@Nullable String> TRACE = new ThreadLocal<>();

    private final boolean traces;
    private final @Nullable String traceBefore;
    private final @Nullable String loggedBefore;
    private final boolean does;
    private final @Nullable String doingBefore;

    private LogTrace(
            boolean traces,
            @Nullable String traceBefore,
            @Nullable String loggedBefore,
            boolean does,
            @Nullable String doingBefore) {
        this.traces = traces;
        this.traceBefore = traceBefore;
        this.loggedBefore = loggedBefore;
        this.does = does;
        this.doingBefore = doingBefore;
    }

    /** The trace that this thread works for, or empty: for what is written down beside the log. */
    public static String current() {
        String trace = TRACE.get();
        return trace == null ? "" : trace;
    }

    /** Begins. */
    public static LogTrace begin(String traceId) {
        String before = TRACE.get();
        if (traceId.equals(before)) {
            return WITHIN; // a handler on the thread that serves its request
        }
        String logged = MDC.get(KEY);
        TRACE.set(traceId);
        MDC.put(KEY, traceId);
        return new LogTrace(true, before, logged, false, null);
    }

    /** Begins, for a route or a handler. */
    public static LogTrace begin(String traceId, String doing) {
        LogTrace trace = begin(traceId);
        LogTrace log = new LogTrace(trace.traces, trace.traceBefore, trace.loggedBefore, true, MDC.get(DOING));
        MDC.put(DOING, doing);
        return log;
    }

    /** Ends. */
    public void end() {
        if (traces) {
            if (traceBefore == null) {
                TRACE.remove();
            } else {
                TRACE.set(traceBefore);
            }
            restore(KEY, loggedBefore);
        }
        if (does) {
            restore(DOING, doingBefore);
        }
    }

    private static void restore(String key, @Nullable String before) {
        if (before == null) {
            MDC.remove(key);
        } else {
            MDC.put(key, before);
        }
    }
}
