package dev.devmesh.netty;

import dev.devmesh.event.TraceContext;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The trace of a request, as its header fields say and its answer repeats.
 *
 * <p>{@code X-Trace-ID} of 32 hexadecimal digits is the trace's id; any other of 1 to 64 visible ASCII characters is a name of the
 * caller's own, which is echoed beside a trace. {@code traceparent} is that of W3C Trace Context.
 *
 * @param trace the trace
 * @param given {@code X-Trace-ID} of the request, where it is one
 */
record TraceHeaders(TraceContext trace, Optional<String> given) {

    private static final AsciiString X_TRACE_ID = AsciiString.cached("x-trace-id");
    private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    private static final Pattern ID = Pattern.compile("(?!0{32})[0-9a-fA-F]{32}");
    private static final Pattern NAME = Pattern.compile("[\\x21-\\x7E]{1,64}");

    /** What the header fields of a request say; a new trace where they say nothing. */
    static TraceHeaders of(HttpHeaders request) {
        TraceContext parent = TraceContext.from(request.get(TRACEPARENT));
        String given = request.get(X_TRACE_ID);
        if (given == null || !NAME.matcher(given).matches()) {
            return new TraceHeaders(parent, Optional.empty());
        }
        if (!ID.matcher(given).matches()) {
            return new TraceHeaders(parent, Optional.of(given));
        }
        TraceContext named = new TraceContext(
                HexFormat.fromHexDigitsToLong(given, 0, 16),
                HexFormat.fromHexDigitsToLong(given, 16, 32),
                parent.parent(),
                parent.isSampled());
        return new TraceHeaders(named, Optional.of(given));
    }

    /** Repeats it in an answer. */
    void writeTo(HttpHeaders answer) {
        answer.set(X_TRACE_ID, given.orElseGet(trace::traceId));
        answer.set(TRACEPARENT, trace.traceparent());
    }
}
