package dev.devmesh.netty;

import dev.devmesh.mcp.McpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Iterator;
import java.util.List;

/** The header fields of a request as the engine sees them. The decoder has removed outer white space. */
record RequestHeaders(HttpHeaders headers) implements McpHeaders {

    @Override
    public List<String> values(String name) {
        Iterator<String> values = headers.valueStringIterator(name);
        if (!values.hasNext()) {
            return List.of();
        }
        String first = values.next();
        if (!values.hasNext()) {
            return List.of(first);
        }
        return List.copyOf(headers.getAll(name)); // in the order received, which the iterator does not keep
    }
}
