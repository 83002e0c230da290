package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An HTTP server on raw sockets that answers as a script says, also what no well-behaved server would. */
final class ScriptedServer implements AutoCloseable {

    /** What came: the header names are in lower case; the message is empty where there was no body. */
    record Received(String verb, Map<String, String> headers, ObjectNode message) {

        String method() {
            return message.path("method").asString("");
        }

        JsonNode params() {
            return message.path("params");
        }

        JsonNode meta(String name) {
            return params().path("_meta").path("io.modelcontextprotocol/" + name);
        }
    }

    /** Answers one request. */
    @FunctionalInterface
    interface Script {
        void answer(Received request, Reply reply) throws IOException;
    }

    /** The way back to the client. */
    static final class Reply {

        private final Socket socket;
        private final OutputStream out;
        private final Received request;

        private Reply(Socket socket, Received request) throws IOException {
            this.socket = socket;
            this.out = socket.getOutputStream();
            this.request = request;
        }

        /** Bytes as they are. */
        Reply raw(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
            return this;
        }

        void body(int status, String type, String body, String... headers) throws IOException {
            raw("HTTP/1.1 " + status + " Scripted\r\nContent-Type: " + type + "\r\nContent-Length: "
                    + body.getBytes(StandardCharsets.UTF_8).length + "\r\n"
                    + String.join(
                            "",
                            List.of(headers).stream().map(line -> line + "\r\n").toList()) + "\r\n" + body);
        }

        /** A result; single quotes stand for double ones. */
        void result(String members) throws IOException {
            body(200, "application/json", response(members));
        }

        /** A JSON-RPC error; single quotes stand for double ones. */
        void error(int status, String error, String... headers) throws IOException {
            body(
                    status,
                    "application/json",
                    json("{'jsonrpc':'2.0','id':" + id() + ",'error':" + error + "}"),
                    headers);
        }

        String response(String members) {
            return json("{'jsonrpc':'2.0','id':" + id() + ",'result':{'resultType':'complete'"
                    + (members.isEmpty() ? "" : ",") + members + "}}");
        }

        /** A status without a body. */
        void status(int status) throws IOException {
            raw("HTTP/1.1 " + status + " Scripted\r\nContent-Length: 0\r\n\r\n");
        }

        String id() {
            return request.message().has("id") ? request.message().path("id").toString() : "null";
        }

        Reply stream() throws IOException {
            return raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        }

        Reply chunk(String text) throws IOException {
            return raw(Integer.toHexString(text.getBytes(StandardCharsets.UTF_8).length) + "\r\n" + text + "\r\n");
        }

        /** An event; single quotes stand for double ones. */
        Reply event(String message) throws IOException {
            return chunk("data: " + json(message) + "\n\n");
        }

        Reply notification(String method, String params) throws IOException {
            return event("{'jsonrpc':'2.0','method':'notifications/" + method + "','params':" + params + "}");
        }

        /** An event with an id; single quotes stand for double ones. */
        Reply event(String id, String message) throws IOException {
            return chunk("id: " + id + "\ndata: " + json(message) + "\n\n");
        }

        void end() throws IOException {
            raw("0\r\n\r\n");
        }

        void hangUp() throws IOException {
            socket.close();
        }

        /** Returns when the client has closed its side. */
        void awaitDisconnect() {
            try {
                while (socket.getInputStream().read() >= 0) {
                    // what comes on this connection is of no interest any more
                }
            } catch (IOException e) {
                return; // reset: gone as well
            }
        }
    }

    private final ServerSocket listener;
    private final Script script;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    private ScriptedServer(Script script) throws IOException {
        this.script = script;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("scripted-accept", this::accept);
    }

    static ScriptedServer of(Script script) {
        try {
            return new ScriptedServer(script);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static String json(String singleQuoted) {
        return singleQuoted.replace('\'', '"');
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/mcp");
    }

    McpClient client() {
        return McpClient.connect(uri());
    }

    List<Received> received() {
        return received;
    }

    /** How many connections were made. */
    int connections() {
        return connections.get();
    }

    /** How many connections are open. */
    int open() {
        return open.get();
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                connections.incrementAndGet();
                open.incrementAndGet();
                start("scripted-connection", () -> serve(socket));
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                Map<String, String> headers = new TreeMap<>();
                for (String header = line(in); !header.isEmpty(); header = line(in)) {
                    int colon = header.indexOf(':');
                    headers.put(
                            header.substring(0, colon).toLowerCase(Locale.ROOT),
                            header.substring(colon + 1).strip());
                }
                byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
                ObjectNode message = body.length == 0 ? Json.object() : (ObjectNode) Json.parse(body);
                Received request = new Received(line.substring(0, line.indexOf(' ')), headers, message);
                received.add(request);
                script.answer(request, new Reply(socket, request));
            }
        } catch (IOException e) {
            return; // the client has gone
        } finally {
            open.decrementAndGet();
        }
    }

    private static String line(InputStream in) throws IOException {
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
