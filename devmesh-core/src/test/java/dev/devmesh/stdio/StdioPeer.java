package dev.devmesh.stdio;

import static org.awaitility.Awaitility.await;

import dev.devmesh.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** The other end of the streams: a client that writes lines, and reads those that come once it is told to. */
final class StdioPeer implements AutoCloseable {

    static final String STATELESS = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            + "\"io.modelcontextprotocol/clientCapabilities\":{}}";

    final PipedInputStream serverIn = new PipedInputStream(64 * 1024);
    final PipedOutputStream serverOut = new PipedOutputStream();
    private final PipedOutputStream toServer;
    private final PipedInputStream fromServer;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread reading = new Thread(this::read, "test-peer");

    StdioPeer() throws IOException {
        toServer = new PipedOutputStream(serverIn);
        fromServer = new PipedInputStream(serverOut, 1024);
    }

    /** Begins to read what the server writes. */
    StdioPeer reads() {
        reading.start();
        return this;
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(fromServer, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (InterruptedIOException e) {
            Thread.currentThread().interrupt();
        } catch (IOException serverHasEnded) {
            // a pipe does not end: it says that its writer is dead
        }
    }

    /** Sends a line. */
    void send(String line) {
        send((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    void send(byte[] bytes) {
        try {
            OutputStream out = toServer;
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void call(int id, String tool) {
        send(callOf(id, tool));
    }

    static String callOf(int id, String tool) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool + "\","
                + STATELESS + "}}";
    }

    void cancel(int id) {
        send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + id + "}}");
    }

    /** Everything that has come. */
    List<JsonNode> received() {
        return lines.stream().map(Json::parse).toList();
    }

    JsonNode awaited(Predicate<JsonNode> wanted) {
        await().atMost(Duration.ofSeconds(10)).until(() -> received().stream().anyMatch(wanted));
        return received().stream().filter(wanted).findFirst().orElseThrow();
    }

    JsonNode response(int id) {
        return awaited(message -> !message.has("method") && message.path("id").asInt(-1) == id);
    }

    boolean hasResponse(int id) {
        return received().stream().anyMatch(message -> message.path("id").asInt(-1) == id);
    }

    /** An error that belongs to no request. */
    JsonNode refusal(int code) {
        return awaited(message ->
                !message.has("id") && message.path("error").path("code").asInt() == code);
    }

    static String text(JsonNode response) {
        return response.path("result").path("content").path(0).path("text").asString("");
    }

    void awaits(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the server's input. */
    void endInput() {
        try {
            toServer.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads no more, ever. */
    void stopReading() {
        try {
            fromServer.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        endInput();
        reading.interrupt();
        stopReading();
    }
}
