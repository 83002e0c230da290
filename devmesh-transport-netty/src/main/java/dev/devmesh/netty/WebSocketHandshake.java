package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How an HTTP request becomes a WebSocket: RFC 6455, section 4.2, with the sub-protocol {@value #PROTOCOL}. */
final class WebSocketHandshake {

    static final String PROTOCOL = "mcp";

    private static final String VERSION = "13";
    private static final int KEY_BYTES = 16;
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private WebSocketHandshake() {}

    /** Whether the request asks for a WebSocket, be it in the right way or not. */
    static boolean isAskedBy(HttpRequest request) {
        return request.method().equals(HttpMethod.GET)
                && request.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    /** What is wrong with the request as a handshake, if anything. */
    static Optional<Rejection> check(RequestHead head) {
        HttpHeaders headers = head.headers();
        if (!headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
            return Optional.of(upgradeRequired("This path speaks WebSocket only.", "Send Upgrade: websocket."));
        }
        if (head.version().equals(HttpVersion.HTTP_1_0)
                || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
            return Optional.of(
                    bad("A WebSocket handshake is HTTP/1.1 and names the upgrade.", "Send Connection: Upgrade."));
        }
        if (!VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))
                || head.repeats(HttpHeaderNames.SEC_WEBSOCKET_VERSION)) {
            return Optional.of(
                    upgradeRequired("This version of WebSocket is not spoken here.", "Send Sec-WebSocket-Version: 13.")
                            .with(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION));
        }
        if (!isKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY)) || head.repeats(HttpHeaderNames.SEC_WEBSOCKET_KEY)) {
            return Optional.of(bad(
                    "The handshake needs one Sec-WebSocket-Key.", "Send " + KEY_BYTES + " random bytes in Base64."));
        }
        if (!headers.containsValue(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, PROTOCOL, false)) {
            return Optional.of(bad(
                    "The sub-protocol '" + PROTOCOL + "' is the only one spoken here.",
                    "Send Sec-WebSocket-Protocol: " + PROTOCOL + "."));
        }
        if (head.bodyLength() != 0) {
            return Optional.of(bad("A WebSocket handshake has no body.", "Send messages behind it, as frames.")
                    .ending());
        }
        return Optional.empty();
    }

    /** The answer to a request in which nothing is wrong. No extension is ever agreed on. */
    static HttpResponse accept(RequestHead head) {
        String key = head.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY).trim();
        HttpResponse answer = Answers.switchingProtocols();
        answer.headers()
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, digest(key))
                .set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
        return answer;
    }

    private static boolean isKey(@Nullable String key) {
        if (key == null) {
            return false;
        }
        try {
            return Base64.getDecoder().decode(key.trim()).length == KEY_BYTES;
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    /** SHA-1 protects nothing here: it shows that whoever answers knows WebSocket. */
    private static String digest(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1")
                    .digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    private static Rejection upgradeRequired(String message, String fix) {
        MeshException error = new MeshException(ErrorCode.INVALID_REQUEST, message, fix);
        return new Rejection(426, error, EmptyHttpHeaders.INSTANCE, false)
                .with(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .with(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    }

    private static Rejection bad(String message, String fix) {
        return Rejection.of(ErrorCode.INVALID_REQUEST, message, fix);
    }
}
