package dev.devmesh.netty;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection. Immutable.
 *
 * @param address as a number, empty where there is none
 * @param secured whether the connection is protected by TLS
 * @param proxies the trusted proxies, if it is one of them and may say for whom it calls
 */
record Peer(String address, boolean secured, Optional<TrustedProxies> proxies) {

    static Peer of(@Nullable SocketAddress remote, boolean secured, TrustedProxies proxies) {
        if (!(remote instanceof InetSocketAddress socket)) {
            return new Peer("", secured, Optional.empty());
        }
        InetAddress address = socket.getAddress();
        return new Peer(
                address.getHostAddress(), secured, proxies.contains(address) ? Optional.of(proxies) : Optional.empty());
    }

    /** Who sent this request: the other end, or whoever it calls for. */
    String client(HttpHeaders headers) {
        return proxies.isEmpty() ? address : proxies.get().client(address, headers);
    }

    /** {@code http} or {@code https}: how this request left the client, as far as that is known. */
    String scheme(HttpHeaders headers) {
        String own = secured ? "https" : "http";
        return proxies.isEmpty() ? own : proxies.get().scheme(headers).orElse(own);
    }
}
