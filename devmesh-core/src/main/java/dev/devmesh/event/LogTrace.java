package dev.devmesh.event;

import java.util.Map;
import java.util.Optional;
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

    private static final LogTrace WITHIN = new LogTrace(Map.of());

    private final Map<String, Optional<String>> before;

    private LogTrace(Map<String, Optional<String>> before) {
        this.before = before;
    }

    /** Begins. */
    public static LogTrace begin(String traceId) {
        String before = MDC.get(KEY);
        if (traceId.equals(before)) {
            return WITHIN; // a handler on the thread that serves its request
        }
        MDC.put(KEY, traceId);
        return new LogTrace(Map.of(KEY, Optional.ofNullable(before)));
    }

    /** Begins, for a route or a handler. */
    public static LogTrace begin(String traceId, String doing) {
        LogTrace log = new LogTrace(
                Map.of(KEY, Optional.ofNullable(MDC.get(KEY)), DOING, Optional.ofNullable(MDC.get(DOING))));
        MDC.put(KEY, traceId);
        MDC.put(DOING, doing);
        return log;
    }

    /** Ends. */
    public void end() {
        before.forEach((key, value) -> value.ifPresentOrElse(was -> MDC.put(key, was), () -> MDC.remove(key)));
    }
}
