package dev.devmesh.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Bytes to heads and pieces of bodies, and back. Confined to the event loop.
 *
 * <p>Netty's own server codec, less its leniency: the request line is read to the letter, and a message that names two lengths is
 * not read at all. It also knows since when a head is under way, which nobody above can know: a head is seen there when it is
 * complete.
 */
final class HttpCodec extends CombinedChannelDuplexHandler<HttpRequestDecoder, HttpResponseEncoder> {

    /** Of the requests that were read and not answered: what the encoder must know of them. */
    private final ArrayDeque<HttpMethod> methods = new ArrayDeque<>(4);

    private boolean inMessage;
    private boolean headBegun;
    private long headSince;

    HttpCodec(HttpDecoderConfig config) {
        init(new Decoder(config), new Encoder());
    }

    /** Whether a part of a head was read, and not the whole. */
    boolean isHeadUnderWay() {
        return headBegun;
    }

    /** When the first byte of the head under way came, by {@link System#nanoTime()}. */
    long headSince() {
        return headSince;
    }

    private final class Decoder extends HttpRequestDecoder {

        private static final String OLD = "HTTP/1.0";
        private static final String CURRENT = "HTTP/1.1";

        Decoder(HttpDecoderConfig config) {
            super(config);
        }

        /** So many of the unread bytes have been looked at. */
        private int looked;

        private boolean lineBegins;
        private boolean headEnded;
        private boolean folded;

        private boolean chunked;
        private boolean trailerLineBegins;
        private boolean trailerFolded;

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf bytes, List<Object> out) throws Exception {
            if (!inMessage && !headBegun && isMoreThanLineEnds(bytes)) {
                headBegun = true;
                headSince = System.nanoTime();
            }
            if (headBegun) {
                lookForFolds(bytes);
            }
            int before = out.size();
            int from = bytes.readerIndex();
            super.decode(ctx, bytes, out);
            looked = Math.max(0, looked - (bytes.readerIndex() - from));
            if (chunked) {
                lookForFoldsBehindChunks(bytes, from, out, before);
            }
            for (int i = before; i < out.size(); i++) {
                Object part = out.get(i);
                if (part instanceof HttpRequest request) {
                    inMessage = true;
                    headBegun = false;
                    if (folded && request.decoderResult().isSuccess()) {
                        request.setDecoderResult(
                                DecoderResult.failure(new IllegalArgumentException("a header field spans lines")));
                    }
                    looked = 0;
                    lineBegins = headEnded = folded = false;
                    chunked = HttpUtil.isTransferEncodingChunked(request);
                    trailerLineBegins = trailerFolded = false;
                    methods.add(request.method());
                }
                if (part instanceof LastHttpContent) {
                    inMessage = false;
                    chunked = false;
                }
            }
        }

        /**
         * The same in a trailer. Where it begins only Netty knows; but from the last piece of a body on nothing is read but the lines
         * of the last chunk and of the trailer, none of which may begin with white space.
         */
        private void lookForFoldsBehindChunks(ByteBuf bytes, int from, List<Object> out, int before) {
            int last = out.size() - 1;
            boolean piece = last >= before && out.get(last) instanceof HttpContent;
            if (piece && !(out.get(last) instanceof LastHttpContent)) {
                trailerLineBegins = trailerFolded = false;
                return;
            }
            for (int i = from; i < bytes.readerIndex(); i++) {
                byte b = bytes.getByte(i);
                trailerFolded |= trailerLineBegins && (b == ' ' || b == '\t');
                trailerLineBegins = b == '\n';
            }
            if (piece && trailerFolded) {
                ReferenceCountUtil.release(out.get(last));
                LastHttpContent refused = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
                refused.setDecoderResult(
                        DecoderResult.failure(new IllegalArgumentException("a trailer field spans lines")));
                out.set(last, refused);
            }
        }

        /** Netty joins a line that begins with white space to the one before, as was right once; others ignore it, or take it for a field. */
        private void lookForFolds(ByteBuf bytes) {
            int end = bytes.writerIndex();
            int i = bytes.readerIndex() + looked;
            while (i < end && !headEnded) {
                if (lineBegins) {
                    byte first = bytes.getByte(i);
                    folded |= first == ' ' || first == '\t';
                    headEnded = first == '\r' || first == '\n';
                }
                int lineEnd = bytes.indexOf(i, end, (byte) '\n');
                lineBegins = lineEnd >= 0;
                i = lineBegins ? lineEnd + 1 : end;
            }
            looked = i - bytes.readerIndex();
        }

        /** Before a request line these are skipped, and begin nothing. */
        private static boolean isMoreThanLineEnds(ByteBuf bytes) {
            for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
                byte b = bytes.getByte(i);
                if (b != '\r' && b != '\n') {
                    return true;
                }
            }
            return false;
        }

        @Override
        protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
            requireOneSpaceBefore(line, start);
            for (int i = start; i < start + length; i++) {
                if (line[i] <= ' ' || line[i] == 0x7F) { // what is not ASCII is negative
                    throw new IllegalArgumentException("the target holds a byte that must be percent-encoded");
                }
            }
            return super.splitSecondWordInitialLine(line, start, length);
        }

        @Override
        protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
            requireOneSpaceBefore(line, start);
            String version = super.splitThirdWordInitialLine(line, start, length);
            if (!version.equals(CURRENT) && !version.equals(OLD)) {
                throw new IllegalArgumentException("not a version that is served");
            }
            return version;
        }

        private static void requireOneSpaceBefore(byte[] line, int start) {
            if (start < 2 || line[start - 1] != ' ' || line[start - 2] <= ' ') {
                throw new IllegalArgumentException("the words of the request line are not set apart by one space");
            }
        }

        /** The two lengths may differ, and a proxy in between may have believed the other one. */
        @Override
        protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
            throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
        }
    }

    private final class Encoder extends HttpResponseEncoder {

        private boolean toHead;

        @Override
        protected void sanitizeHeadersBeforeEncode(HttpResponse answer, boolean isAlwaysEmpty) {
            super.sanitizeHeadersBeforeEncode(answer, isAlwaysEmpty && !toHead);
        }

        @Override
        protected boolean isContentAlwaysEmpty(HttpResponse answer) {
            toHead = HttpMethod.HEAD.equals(methods.poll());
            return toHead || super.isContentAlwaysEmpty(answer);
        }
    }
}
