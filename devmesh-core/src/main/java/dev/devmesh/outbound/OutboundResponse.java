package dev.devmesh.outbound;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** An answer that was read to its end. Immutable; {@link #toString} does not show what the server said. */
public final class OutboundResponse implements OutboundAnswer {

    private final String host;
    private final int status;
    private final Map<String, List<String>> headers;
    private final byte[] body;

    OutboundResponse(String host, int status, Map<String, List<String>> headers, byte[] body) {
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

    /** The body, unpacked; a copy. */
    public byte[] bytes() {
        return body.clone();
    }

    /** The body as UTF-8, with marks in place of what is not. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "OutboundResponse[" + host + ", " + status + ", " + body.length + " bytes]";
    }
}
