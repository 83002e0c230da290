package dev.devmesh.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A message of a WebSocket, put together from its fragments. Confined to one thread at a time. */
final class TextMessage {

    private static final byte[] NOTHING = {};

    private byte[] bytes = NOTHING;
    private int length;
    private int fragments;

    /** Takes a fragment; false, and nothing taken, if the message then is larger than {@code limit}. */
    boolean append(ByteBuf fragment, int limit) {
        int more = fragment.readableBytes();
        if (more > limit - length) {
            return false;
        }
        fragments++;
        if (more > bytes.length - length) {
            long doubled = fragments == 1 ? more : Math.min(2L * bytes.length, limit);
            bytes = Arrays.copyOf(bytes, (int) Math.max(doubled, length + more));
        }
        fragment.readBytes(bytes, length, more);
        length += more;
        return true;
    }

    /** Holds the text, from index 0 to {@link #length()}. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    int fragments() {
        return fragments;
    }

    boolean isUtf8() {
        return ByteBufUtil.isText(Unpooled.wrappedBuffer(bytes, 0, length), StandardCharsets.UTF_8);
    }
}
