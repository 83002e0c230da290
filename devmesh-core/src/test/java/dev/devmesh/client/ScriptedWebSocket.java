package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.node.ObjectNode;

/** A WebSocket server on raw sockets that answers as a script says, also what no well-behaved server would. */
final class ScriptedWebSocket implements AutoCloseable {

    private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;

    /** Answers one message. */
    @FunctionalInterface
    interface Script {
        void answer(ObjectNode message, Way way) throws IOException;
    }

    /** The way back to the client. */
    static final class Way {

        private final Socket socket;
        private final OutputStream out;

        private Way(Socket socket) throws IOException {
            this.socket = socket;
            this.out = socket.getOutputStream();
        }

        /** A text message; single quotes stand for double ones. */
        void say(String json) throws IOException {
            frame(true, TEXT, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        }

        void result(ObjectNode request, String members) throws IOException {
            say("{'jsonrpc':'2.0','id':" + request.path("id") + ",'result':{" + members + "}}");
        }

        synchronized void frame(boolean last, int kind, byte[] payload) throws IOException {
            out.write((last ? 0x80 : 0) | kind);
            if (payload.length < 126) {
                out.write(payload.length);
            } else if (payload.length < 65_536) {
                out.write(126);
                out.write(payload.length >> 8);
                out.write(payload.length);
            } else {
                out.write(127);
                for (int shift = 56; shift >= 0; shift -= 8) {
                    out.write((int) ((long) payload.length >> shift));
                }
            }
            out.write(payload);
            out.flush();
        }

        void close(int code, String reason) throws IOException {
            ByteArrayOutputStream payload = new ByteArrayOutputStream();
            payload.write(code >> 8);
            payload.write(code);
            payload.writeBytes(reason.getBytes(StandardCharsets.UTF_8));
            frame(true, CLOSE, payload.toByteArray());
        }

        void hangUp() throws IOException {
            socket.close();
        }
    }

    private final ServerSocket listener;
    private final Script script;
    private final String head;
    private final List<Map<String, String>> handshakes = new CopyOnWriteArrayList<>();
    private final List<ObjectNode> received = new CopyOnWriteArrayList<>();
    private final List<Integer> closed = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Socket> sockets = new ConcurrentLinkedQueue<>();

    /** @param head what it answers to the handshake, with {@code %s} for the key */
    private ScriptedWebSocket(String head, Script script) throws IOException {
        this.head = head;
        this.script = script;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    static ScriptedWebSocket of(Script script) throws IOException {
        return answering(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: mcp\r\n\r\n",
                script);
    }

    static ScriptedWebSocket answering(String head, Script script) throws IOException {
        return new ScriptedWebSocket(head, script);
    }

    URI uri() {
        return URI.create("ws://127.0.0.1:" + listener.getLocalPort() + "/ws?token=secret");
    }

    /** The headers of each handshake, their names in lower case. */
    List<Map<String, String>> handshakes() {
        return handshakes;
    }

    List<ObjectNode> received() {
        return received;
    }

    /** The codes that clients closed with. */
    List<Integer> closed() {
        return closed;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "scripted-websocket");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                start(() -> serve(socket));
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            Map<String, String> headers = new TreeMap<>();
            line(in);
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                int colon = header.indexOf(':');
                headers.put(
                        header.substring(0, colon).toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).strip());
            }
            handshakes.add(headers);
            socket.getOutputStream()
                    .write(head.formatted(accepted(headers.get("sec-websocket-key")))
                            .getBytes(StandardCharsets.US_ASCII));
            Way way = new Way(socket);
            while (true) {
                int kind = in.readUnsignedByte() & 0x0f; // clients here send messages in one piece
                byte[] payload = payload(in);
                if (kind == CLOSE) {
                    closed.add(payload.length < 2 ? 1005 : (payload[0] & 0xff) << 8 | payload[1] & 0xff);
                    return;
                }
                if (kind == TEXT) {
                    ObjectNode message = (ObjectNode) Json.parse(payload);
                    received.add(message);
                    script.answer(message, way);
                }
            }
        } catch (IOException e) {
            return; // the client has gone
        }
    }

    private static byte[] payload(DataInputStream in) throws IOException {
        int length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = Math.toIntExact(in.readLong());
        }
        byte[] mask = in.readNBytes(4);
        byte[] payload = in.readNBytes(length);
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= mask[i % 4];
        }
        return payload;
    }

    private static String accepted(String key) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1").digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String line(DataInputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
