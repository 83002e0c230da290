package dev.devmesh.netty;

import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** A message on its way to an event stream; counts as unsent until its turn to be written has come. */
final class SseEvent extends DefaultHttpContent {

    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final ByteBuf HEARTBEAT = Unpooled.unreleasableBuffer(
                    Unpooled.directBuffer().writeBytes(":\n\n".getBytes(StandardCharsets.US_ASCII)))
            .asReadOnly();

    private final AtomicInteger unsentBytes;
    private final int bytes;

    SseEvent(ByteBuf event, AtomicInteger unsentBytes) {
        super(event);
        this.bytes = event.readableBytes();
        this.unsentBytes = unsentBytes;
        unsentBytes.addAndGet(bytes);
    }

    /** It is handed to the channel, which counts it from now on. */
    void leaves() {
        unsentBytes.addAndGet(-bytes);
    }

    /** One event that holds one message, on one line: JSON without white space has no line breaks. */
    static ByteBuf encode(ByteBufAllocator allocator, JsonWritable message) {
        ByteBuf buffer = allocator.ioBuffer();
        boolean written = false;
        try {
            buffer.writeBytes(DATA);
            Json.write(message, new ByteBufOutputStream(buffer));
            buffer.writeBytes(END);
            written = true;
            return buffer;
        } finally {
            if (!written) {
                buffer.release();
            }
        }
    }

    /** An event around a message that is bytes already. Takes over the buffer. */
    static ByteBuf wrap(ByteBuf message) {
        return Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(DATA), message, Unpooled.wrappedBuffer(END));
    }

    /** A comment, which clients skip. */
    static ByteBuf heartbeat() {
        return HEARTBEAT.duplicate();
    }
}
