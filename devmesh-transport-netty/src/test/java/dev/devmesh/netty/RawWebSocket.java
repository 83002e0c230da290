package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;

/** A WebSocket whose client sends exactly the frames it is told to, and reads frames one by one. */
final class RawWebSocket implements AutoCloseable {

    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /** The bit of a frame that is the last of its message. */
    static final int FIN = 0x80;

    private static final byte[] MASK = {0x11, 0x22, 0x33, 0x44};

    private final RawConnection connection;

    record Frame(int first, byte[] payload) {

        int opcode() {
            return first & 0x0F;
        }

        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }
    }

    RawWebSocket(MeshServer server) throws IOException {
        this(server, "", 0);
    }

    RawWebSocket(MeshServer server, String headerLines, int receiveBuffer) throws IOException {
        connection = new RawConnection(server, receiveBuffer);
        var answer = connection.send(handshake("/ws", headerLines)).read();
        assertThat(answer.status()).as(answer.text()).isEqualTo(101);
    }

    private RawWebSocket(RawConnection connection) {
        this.connection = connection;
    }

    /** Goes on over a connection whose handshake is done. */
    static RawWebSocket over(RawConnection connection) {
        return new RawWebSocket(connection);
    }

    static String handshake(String path, String headerLines) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Protocol: mcp\r\n" + headerLines + "\r\n";
    }

    // ---- frames as bytes

    /** A masked frame. */
    static byte[] frame(int first, byte[] payload) {
        return concat(header(first, payload.length, true), MASK, masked(payload));
    }

    static byte[] frame(int first, String payload) {
        return frame(first, payload.getBytes(StandardCharsets.UTF_8));
    }

    /** A frame as only servers may send it. */
    static byte[] unmasked(int first, String payload) {
        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        return concat(header(first, bytes.length, false), bytes);
    }

    /** What a frame of this length begins with, up to the mask. */
    static byte[] header(int first, long length, boolean masked) {
        int mask = masked ? 0x80 : 0;
        if (length < 126) {
            return new byte[] {(byte) first, (byte) (mask | length)};
        }
        if (length < 65_536) {
            return ByteBuffer.allocate(4)
                    .put((byte) first)
                    .put((byte) (mask | 126))
                    .putShort((short) length)
                    .array();
        }
        return ByteBuffer.allocate(10)
                .put((byte) first)
                .put((byte) (mask | 127))
                .putLong(length)
                .array();
    }

    /** What a close frame holds. */
    static byte[] closing(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + text.length)
                .putShort((short) code)
                .put(text)
                .array();
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] masked(byte[] payload) {
        byte[] bytes = payload.clone();
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= MASK[i % MASK.length];
        }
        return bytes;
    }

    // ---- the conversation

    RawWebSocket send(byte[]... frames) throws IOException {
        connection.send(concat(frames));
        return this;
    }

    RawWebSocket sendText(String message) throws IOException {
        return send(frame(FIN | TEXT, message));
    }

    Frame read() throws IOException {
        byte[] start = connection.bytes(2);
        int length = start[1];
        assertThat(length).as("servers do not mask").isNotNegative();
        if (length == 126) {
            length = ByteBuffer.wrap(connection.bytes(2)).getShort() & 0xFFFF;
        } else if (length == 127) {
            length = Math.toIntExact(ByteBuffer.wrap(connection.bytes(8)).getLong());
        }
        return new Frame(start[0] & 0xFF, connection.bytes(length));
    }

    JsonNode readMessage() throws IOException {
        Frame frame = read();
        assertThat(frame.first()).isEqualTo(FIN | TEXT);
        return Json.parse(frame.payload());
    }

    /** Reads up to the close frame, which must be the server's last word; its code, or -1 where it has none. */
    int readCloseCode() throws IOException {
        Frame frame = read();
        while (frame.opcode() != CLOSE) {
            frame = read();
        }
        assertThat(frame.payload()).hasSizeLessThanOrEqualTo(125);
        assertThat(connection.isClosedByServer()).isTrue();
        if (frame.payload().length == 0) {
            return -1;
        }
        byte[] code = Arrays.copyOf(frame.payload(), 2);
        return ByteBuffer.wrap(code).getShort() & 0xFFFF;
    }

    boolean isClosedByServer() throws IOException {
        return connection.isClosedByServer();
    }

    void soTimeout(int millis) throws IOException {
        connection.soTimeout(millis);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
