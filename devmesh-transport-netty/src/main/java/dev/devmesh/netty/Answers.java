package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.limit.Charge;
import dev.devmesh.limit.RateHeaders;
import dev.devmesh.rest.RestResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.time.Duration;

/** How answers look in HTTP. */
final class Answers {

    /** No answer in JSON is expected to be smaller; larger ones grow the buffer. */
    private static final int FIRST_BUFFER_BYTES = 512;

    private static final AsciiString EVENT_STREAM = AsciiString.cached("text/event-stream");
    private static final AsciiString NO_STORE = AsciiString.cached("no-store");
    private static final AsciiString PRIVATE_NO_CACHE = AsciiString.cached("private, no-cache");
    private static final AsciiString NO = AsciiString.cached("no");
    private static final AsciiString MCP_SESSION_ID = AsciiString.cached("mcp-session-id");
    private static final AsciiString X_ACCEL_BUFFERING = AsciiString.cached("x-accel-buffering");

    // Every name and value below is ours and well-formed, so checking them again for each answer would be wasted.
    private static final HttpHeadersFactory UNCHECKED =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private Answers() {}

    /** Writes JSON straight into a buffer that the caller releases. */
    static ByteBuf buffer(ByteBufAllocator allocator, JsonWritable value) {
        ByteBuf buffer = allocator.ioBuffer(FIRST_BUFFER_BYTES);
        boolean written = false;
        try {
            Json.write(value, new ByteBufOutputStream(buffer));
            written = true;
            return buffer;
        } finally {
            if (!written) {
                buffer.release();
            }
        }
    }

    /** An answer in JSON, in one piece. */
    static FullHttpResponse json(ByteBufAllocator allocator, int status, JsonWritable value) {
        ByteBuf content = buffer(allocator, value);
        FullHttpResponse answer = whole(HttpResponseStatus.valueOf(status), content);
        answer.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
        return answer;
    }

    /** Why a request is not served, in JSON. */
    static FullHttpResponse refusal(ByteBufAllocator allocator, Rejection rejection, JsonWritable value) {
        FullHttpResponse answer = json(allocator, rejection.status(), value);
        answer.headers().add(rejection.headers());
        boolean later = rejection.status() == 429 || rejection.status() == 503;
        retryAfter(answer, rejection.error().retryAfter().orElse(later ? Duration.ofSeconds(1) : Duration.ZERO));
        return answer;
    }

    /** An answer in this form, in one piece. */
    static FullHttpResponse text(AsciiString type, byte[] content) {
        FullHttpResponse answer = whole(HttpResponseStatus.OK, Unpooled.wrappedBuffer(content));
        answer.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
        return answer;
    }

    /** An answer of the REST API, whose header fields were checked when it was made. */
    static FullHttpResponse rest(RestResponse answer) {
        boolean bodiless = answer.status() == 204 || answer.status() == 304;
        FullHttpResponse whole = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(answer.status()),
                Unpooled.wrappedBuffer(answer.body()),
                UNCHECKED.newHeaders(),
                EmptyHttpHeaders.INSTANCE);
        answer.headers().forEach(whole.headers()::set);
        if (!bodiless) {
            whole.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
            whole.headers().set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(answer.body().length));
        }
        // What has a version may be kept, and asked about; nothing else of one caller is for anybody to keep.
        whole.headers()
                .set(HttpHeaderNames.CACHE_CONTROL, answer.headers().containsKey("ETag") ? PRIVATE_NO_CACHE : NO_STORE);
        return whole;
    }

    /** Taken, nothing to say. */
    static FullHttpResponse accepted() {
        return whole(HttpResponseStatus.ACCEPTED, Unpooled.EMPTY_BUFFER);
    }

    /** What a web page may ask of a path, for its browser. */
    static FullHttpResponse preflight(RequestHead head, AsciiString allow) {
        FullHttpResponse answer = options(allow);
        Cors.preflight(answer.headers(), head, allow);
        return answer;
    }

    /** What may be asked of a path. */
    static FullHttpResponse options(AsciiString allow) {
        FullHttpResponse answer = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.NO_CONTENT,
                Unpooled.EMPTY_BUFFER,
                UNCHECKED.newHeaders(),
                EmptyHttpHeaders.INSTANCE);
        answer.headers().set(HttpHeaderNames.ALLOW, allow);
        return answer;
    }

    /** The connection goes on with another protocol. */
    static HttpResponse switchingProtocols() {
        return new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.SWITCHING_PROTOCOLS,
                Unpooled.EMPTY_BUFFER,
                UNCHECKED.newHeaders(),
                EmptyHttpHeaders.INSTANCE);
    }

    /** The head of an event stream. */
    static HttpResponse eventStream() {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, UNCHECKED);
        HttpHeaders headers = head.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, EVENT_STREAM);
        headers.set(HttpHeaderNames.CACHE_CONTROL, NO_STORE);
        headers.set(X_ACCEL_BUFFERING, NO);
        headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        return head;
    }

    /** Tells the client by what its session goes from now on. */
    static void session(HttpResponse answer, String id) {
        answer.headers().set(MCP_SESSION_ID, id);
    }

    /** Tells the client what it has left. */
    static void rate(HttpResponse answer, Charge charge) {
        RateHeaders.write(charge, answer.headers()::set);
    }

    /** Tells the client how long to wait, in whole seconds and at least one; zero says nothing. */
    static void retryAfter(HttpResponse answer, Duration wait) {
        if (!wait.isZero()) {
            long seconds = wait.toSeconds() + (wait.toNanosPart() > 0 ? 1 : 0);
            answer.headers().set(HttpHeaderNames.RETRY_AFTER, Long.toString(Math.max(1, seconds)));
        }
    }

    /** What a client learns of a fault of this program. */
    static MeshException panic() {
        return new MeshException(ErrorCode.MCP_PANIC, "The server failed on this request.", "");
    }

    private static FullHttpResponse whole(HttpResponseStatus status, ByteBuf content) {
        FullHttpResponse answer = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, content, UNCHECKED.newHeaders(), EmptyHttpHeaders.INSTANCE);
        answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(content.readableBytes()));
        return answer;
    }
}
