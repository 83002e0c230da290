package dev.devmesh.netty;

import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.mcp.McpEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A message on its way to an event stream; counts as unsent until its turn to be written has come. */
final class SseEvent extends DefaultHttpContent {

    private static final byte[] ID = "id: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RETRY = "retry: ".getBytes(StandardCharsets.US_ASCII);
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

    /** One event that holds one message and nothing else. */
    static ByteBuf encode(ByteBufAllocator allocator, JsonWritable message) {
        return encode(allocator, "", 0, message);
    }

    /** One event with everything that belongs to it. */
    static ByteBuf encode(ByteBufAllocator allocator, McpEvent event) {
        return encode(
                allocator, event.id(), event.retry().toMillis(), event.message().orElse(null));
    }

    private static ByteBuf encode(
            ByteBufAllocator allocator, String id, long retryMillis, @Nullable JsonWritable message) {
        ByteBuf buffer = allocator.ioBuffer();
        boolean written = false;
        try {
            if (!id.isEmpty()) {
                buffer.writeBytes(ID).writeCharSequence(id, StandardCharsets.US_ASCII);
                buffer.writeByte('\n');
            }
            if (retryMillis > 0) {
                buffer.writeBytes(RETRY).writeCharSequence(Long.toString(retryMillis), StandardCharsets.US_ASCII);
                buffer.writeByte('\n');
            }
            buffer.writeBytes(DATA);
            if (message != null) {
                // On one line: JSON without white space has no line breaks.
                Json.write(message, new ByteBufOutputStream(buffer));
            }
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
