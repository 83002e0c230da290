package dev.devmesh.netty;

import dev.devmesh.event.TraceContext;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The trace of a request, as its header fields say and its answer repeats. Immutable.
 *
 * <p>{@code X-Trace-ID} of 32 lower-case hexadecimal digits is the trace's id; any other of 1 to 64 visible ASCII characters is a
 * name of the caller's own, which is echoed beside a trace. {@code traceparent} is that of W3C Trace Context.
 *
 * @param trace the trace
 * @param id its id, as the log has it
 * @param echoed what {@code X-Trace-ID} of the answer says
 * @param traceparent the same of {@code traceparent}
 */
record TraceHeaders(TraceContext trace, String id, String echoed, String traceparent) {

    private static final AsciiString X_TRACE_ID = AsciiString.cached("x-trace-id");
    private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    private static final int ID_DIGITS = 32;
    private static final int MAX_NAME = 64;

    /** What the header fields of a request say; a new trace where they say nothing. */
    static TraceHeaders of(HttpHeaders request) {
        TraceContext trace = TraceContext.from(request.get(TRACEPARENT));
        String given = request.get(X_TRACE_ID);
        if (given == null || !isName(given)) {
            return of(trace, null);
        }
        if (!isId(given)) {
            return of(trace, given);
        }
        return of(
                new TraceContext(
                        HexFormat.fromHexDigitsToLong(given, 0, ID_DIGITS / 2),
                        HexFormat.fromHexDigitsToLong(given, ID_DIGITS / 2, ID_DIGITS),
                        trace.parent(),
                        trace.isSampled()),
                null);
    }

    private static TraceHeaders of(TraceContext trace, @Nullable String name) {
        String traceparent = trace.traceparent();
        int begin = traceparent.indexOf('-') + 1;
        String id = traceparent.substring(begin, begin + ID_DIGITS);
        return new TraceHeaders(trace, id, name == null ? id : name, traceparent);
    }

    /** The same of a request whose body names another trace. */
    TraceHeaders joining(TraceContext other) {
        return of(other, echoed.equals(id) ? null : echoed);
    }

    /** Repeats it in an answer. */
    void writeTo(HttpHeaders answer) {
        answer.set(X_TRACE_ID, echoed);
        answer.set(TRACEPARENT, traceparent);
    }

    private static boolean isName(String text) {
        if (text.isEmpty() || text.length() > MAX_NAME) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    private static boolean isId(String name) {
        if (name.length() != ID_DIGITS) {
            return false;
        }
        boolean zero = true;
        for (int i = 0; i < ID_DIGITS; i++) {
            char c = name.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
            zero &= c == '0';
        }
        return !zero;
    }
}
