package dev.devmesh.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Why a WebSocket is closed, by the numbers of RFC 6455 and, from 4000 on, of this server. */
enum CloseCode {
    /** The server closes. */
    GOING_AWAY(1001),
    /** The client breaks the rules of frames. */
    PROTOCOL_ERROR(1002),
    /** The client sent a binary message; messages are text. */
    UNSUPPORTED_DATA(1003),
    /** What the client sent as text is not UTF-8. */
    INVALID_TEXT(1007),
    /** The client asks too much of the server in a way that no sensible client does. */
    POLICY_VIOLATION(1008),
    /** A message is larger than the limit. */
    TOO_BIG(1009),
    /** A fault of this program. */
    INTERNAL_ERROR(1011),
    /** The client does not read what it is sent, or cannot be served for now. */
    TRY_AGAIN_LATER(1013),
    /** The credential shown at the handshake is not good any more. */
    CREDENTIAL_ENDED(4401);

    /** A control frame holds 125 bytes, of which two are the code. */
    static final int MAX_REASON_BYTES = 123;

    private final int number;

    CloseCode(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** As figures name it. */
    String cause() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The code of this number, or a protocol error where there is none: that is what decoders find. */
    static CloseCode of(int number) {
        for (CloseCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        return PROTOCOL_ERROR;
    }

    /** The frame that says so, with as much of the reason as fits. */
    CloseWebSocketFrame frame(String reason) {
        return new CloseWebSocketFrame(number, cut(reason));
    }

    /** Whether a client may send this number: RFC 6455 reserves some, and some must not travel at all. */
    static boolean maySend(int number) {
        return number >= 1000 && number <= 1003 || number >= 1007 && number <= 1014 || number >= 3000 && number <= 4999;
    }

    private static String cut(String reason) {
        byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, MAX_REASON_BYTES);
        ByteBuf kept = Unpooled.wrappedBuffer(bytes, 0, length);
        while (!ByteBufUtil.isText(kept, StandardCharsets.UTF_8)) {
            kept.writerIndex(--length); // not in the midst of a character
        }
        return kept.toString(StandardCharsets.UTF_8);
    }
}
