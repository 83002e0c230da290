package dev.devmesh.netty;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Iterator;
import java.util.Optional;

/** Request line and header fields, before the body is read. Not changed once made, so any thread may read it. */
final class RequestHead {

    private final HttpRequest request;
    private final String path;
    private final Optional<Endpoint> endpoint;
    private final boolean connectionAdmitted;
    private final Peer peer;
    private final TraceHeaders trace;

    RequestHead(HttpRequest request, Endpoints endpoints, boolean connectionAdmitted, Peer peer) {
        this.request = request;
        String target = request.uri();
        int query = target.indexOf('?');
        this.path = query < 0 ? target : target.substring(0, query);
        this.endpoint = endpoints.at(path, request);
        this.connectionAdmitted = connectionAdmitted;
        this.peer = peer;
        this.trace = TraceHeaders.of(request.headers());
    }

    HttpMethod method() {
        return request.method();
    }

    HttpVersion version() {
        return request.protocolVersion();
    }

    HttpHeaders headers() {
        return request.headers();
    }

    DecoderResult decoderResult() {
        return request.decoderResult();
    }

    /** The target without its query. */
    String path() {
        return path;
    }

    Optional<Endpoint> endpoint() {
        return endpoint;
    }

    /** False for a connection above the server's limit. */
    boolean connectionAdmitted() {
        return connectionAdmitted;
    }

    /** Who sends it, as an address: the other end of the connection, or whoever a trusted proxy names. */
    String remoteAddress() {
        return peer.client(headers());
    }

    /** {@code http} or {@code https}, likewise. */
    String scheme() {
        return peer.scheme(headers());
    }

    /** The trace that it belongs to, as far as its header fields say. */
    TraceHeaders trace() {
        return trace;
    }

    /** Whether the header is there more than once. */
    boolean repeats(CharSequence name) {
        Iterator<? extends CharSequence> values = headers().valueCharSequenceIterator(name);
        if (!values.hasNext()) {
            return false;
        }
        values.next();
        return values.hasNext();
    }

    /** The declared length of the body, 0 if there is none, -1 if only its end will tell. */
    long bodyLength() {
        String length = headers().get(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null) {
            // The decoder has checked it: digits only, and no second one that differs.
            return Long.parseLong(length.trim());
        }
        return headers().contains(HttpHeaderNames.TRANSFER_ENCODING) ? -1 : 0;
    }
}
