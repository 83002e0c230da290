package dev.devmesh.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A server that is reached by WebSocket: one message in each text message, sub-protocol {@code mcp}. */
final class WebSocketTransport implements McpTransport {

    static final String SUBPROTOCOL = "mcp";

    private final URI endpoint;
    private final Map<String, String> headers;

    /**
     * @param headers of the request that opens the connection
     * @throws IllegalArgumentException if the address or a header cannot be used
     */
    WebSocketTransport(URI endpoint, Map<String, String> headers) {
        if (endpoint.getHost() == null) {
            throw new IllegalArgumentException("the address has no host: " + endpoint);
        }
        // the builder of WebSockets would find it out with the first request only
        HttpRequest.Builder probe = HttpRequest.newBuilder();
        headers.forEach(probe::setHeader);
        this.endpoint = endpoint;
        this.headers = Map.copyOf(headers);
    }

    @Override
    public String server() {
        return HttpEndpoint.name(endpoint);
    }

    @Override
    public Connection open(Receiver receiver, int maxMessageBytes) throws IOException {
        JdkHttp http = http();
        boolean opened = false;
        try {
            HttpClient client = http.client();
            if (client == null) {
                throw new IOException("the client is closed");
            }
            WebSocketConnection connection = new WebSocketConnection(http, receiver, maxMessageBytes);
            WebSocket.Builder builder = client.newWebSocketBuilder()
                    .connectTimeout(JdkHttp.CONNECT_TIMEOUT)
                    .subprotocols(SUBPROTOCOL);
            headers.forEach(builder::header);
            connection.opened(shaken(builder.buildAsync(endpoint, connection)));
            opened = true;
            return connection;
        } finally {
            if (!opened) {
                http.close();
            }
        }
    }

    /**
     * The JDK (17 to 25 at least) loses the end of a connection for good if it comes while a message is handed over: the thread that
     * reads goes on, finds the end where no message was asked for, and fails unheard. So without TLS that thread hands over
     * itself. With TLS it is another thread that decrypts and hands over, and it does both in turn; the handshake's work is
     * best left to it, too.
     */
    private JdkHttp http() {
        return "wss".equalsIgnoreCase(endpoint.getScheme()) ? JdkHttp.withThreads() : JdkHttp.inPlace();
    }

    private WebSocket shaken(CompletableFuture<WebSocket> handshake) throws IOException {
        WebSocket socket;
        try {
            socket = handshake.get(JdkHttp.CONNECT_TIMEOUT.toMillis() * 2, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refusal) {
                throw McpClientException.status(server(), refusal.getResponse().statusCode(), Optional.empty());
            }
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            handshake.cancel(true);
            throw new IOException("no answer in time", e);
        } catch (InterruptedException e) {
            handshake.cancel(true);
            Thread.currentThread().interrupt();
            throw McpClientException.cancelled("The connection to " + server());
        }
        if (!socket.getSubprotocol().equals(SUBPROTOCOL)) {
            socket.abort();
            throw McpClientException.protocol(server(), "it does not take the sub-protocol " + SUBPROTOCOL);
        }
        return socket;
    }
}
