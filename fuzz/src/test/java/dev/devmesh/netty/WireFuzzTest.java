package dev.devmesh.netty;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.devmesh.json.Json;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What stands between the bytes of a stranger and the server. */
class WireFuzzTest {

    /** A Host header or an Origin is read to something that reads as itself, or refused. */
    @FuzzTest(maxDuration = "30s")
    void authority(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Authority.parse(text).ifPresent(read -> {
            if (!Authority.parse(read.toString()).orElseThrow().equals(read)) {
                throw new AssertionError(text + " is read as " + read + ", and that otherwise");
            }
            if (read.isLocal()
                    && text.toLowerCase(java.util.Locale.ROOT).contains("evil")
                    && !read.host().endsWith(".localhost")) {
                throw new AssertionError(text + " is taken for this machine");
            }
        });
        Origin.parse(text);
    }

    /** However a request is cut up, the head that comes out of it is well-formed, or marked as not. */
    @FuzzTest(maxDuration = "30s")
    void heads(byte[] bytes) {
        EmbeddedChannel whole = channel();
        EmbeddedChannel cut = channel();
        whole.writeInbound(Unpooled.wrappedBuffer(bytes.clone()));
        for (byte one : bytes) {
            cut.writeInbound(Unpooled.wrappedBuffer(new byte[] {one}));
        }
        String first = heads(whole);
        String second = heads(cut);
        whole.finishAndReleaseAll();
        cut.finishAndReleaseAll();
        if (!first.equals(second)) {
            throw new AssertionError("in one piece " + first + ", in many " + second);
        }
    }

    private static EmbeddedChannel channel() {
        return new EmbeddedChannel(new HttpCodec(new HttpDecoderConfig()
                .setMaxInitialLineLength(HttpPipeline.MAX_LINE_BYTES)
                .setMaxHeaderSize(HttpPipeline.MAX_HEADER_BYTES)
                .setMaxChunkSize(HttpPipeline.MAX_READ_BYTES)));
    }

    private static String heads(EmbeddedChannel channel) {
        StringBuilder heads = new StringBuilder();
        for (HttpObject part = channel.readInbound(); part != null; part = channel.readInbound()) {
            if (part instanceof HttpRequest request) {
                if (request.decoderResult().isFailure()) {
                    heads.append("[refused]");
                } else {
                    heads.append('[').append(request.method()).append(' ').append(request.uri());
                    for (var field : request.headers()) {
                        if (field.getValue().indexOf('\n') >= 0
                                || field.getValue().indexOf('\r') >= 0) {
                            throw new AssertionError("a header value with a line break");
                        }
                        heads.append(' ').append(field.getKey()).append('=').append(field.getValue());
                    }
                    heads.append(']');
                }
            }
            ReferenceCountUtil.release(part);
        }
        return heads.toString();
    }

    /** An event is one event, whatever the message says. */
    @FuzzTest(maxDuration = "30s")
    void events(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        ByteBuf event = SseEvent.encode(UnpooledByteBufAllocator.DEFAULT, out -> out.writeString(text));
        String wire = event.toString(StandardCharsets.UTF_8);
        event.release();
        boolean one = wire.startsWith("data: ") && wire.endsWith("\n\n") && wire.indexOf('\n') == wire.length() - 2;
        if (!one || wire.indexOf('\r') >= 0) {
            throw new AssertionError("not one event: " + wire);
        }
        Json.parse(wire.substring("data: ".length()).strip());
    }

    /** A message from fragments is the bytes that were sent, up to its limit. */
    @FuzzTest(maxDuration = "30s")
    void messages(byte[] bytes) {
        int limit = 64;
        TextMessage message = new TextMessage();
        byte[] expected = {};
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + (bytes[at] & 0x1F));
            byte[] fragment = Arrays.copyOfRange(bytes, at, end);
            at = end;
            boolean fits = expected.length + fragment.length <= limit;
            if (message.append(Unpooled.wrappedBuffer(fragment), limit) != fits) {
                throw new AssertionError("the limit is not kept");
            }
            if (!fits) {
                break;
            }
            int before = expected.length;
            expected = Arrays.copyOf(expected, before + fragment.length);
            System.arraycopy(fragment, 0, expected, before, fragment.length);
        }
        byte[] held = Arrays.copyOf(message.bytes(), message.length());
        if (!Arrays.equals(held, expected)) {
            throw new AssertionError("other bytes than were sent");
        }
        message.isUtf8();
    }

    /** A reason, whatever it says, makes a close frame that holds as much of it as fits, in whole characters. */
    @FuzzTest(maxDuration = "30s")
    void closes(byte[] bytes) {
        String reason = new String(bytes, StandardCharsets.UTF_8);
        CloseWebSocketFrame frame = CloseCode.POLICY_VIOLATION.frame(reason);
        try {
            if (frame.content().readableBytes() > 125 || !reason.startsWith(frame.reasonText())) {
                throw new AssertionError("not a control frame, or another reason: " + frame.reasonText());
            }
        } finally {
            frame.release();
        }
    }
}
