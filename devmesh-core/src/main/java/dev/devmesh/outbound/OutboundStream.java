package dev.devmesh.outbound;

import java.io.InputStream;
import java.util.List;
import java.util.Map;

/**
 * An answer whose body is read by the caller, who closes it. The time and the size of the request hold for reading, too; what goes
 * wrong then is a {@link dev.devmesh.MeshException} from {@code read}.
 *
 * <p>Confined to its caller, save {@link #close()}, which any thread may call.
 */
public final class OutboundStream implements OutboundAnswer, AutoCloseable {

    private final String host;
    private final int status;
    private final Map<String, List<String>> headers;
    private final InputStream body;

    OutboundStream(String host, int status, Map<String, List<String>> headers, InputStream body) {
        this.host = host;
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public Map<String, List<String>> headers() {
        return headers;
    }

    /** The body, unpacked; empty where there is none. Always the same stream. */
    public InputStream body() {
        return body;
    }

    /** Cuts the connection unless the body was read to its end. Does nothing the second time. */
    @Override
    public void close() {
        if (body instanceof BoundedBody bounded) {
            bounded.close();
        }
    }

    @Override
    public String toString() {
        return "OutboundStream[" + host + ", " + status + "]";
    }
}
