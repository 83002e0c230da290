package dev.devmesh.netty;

import dev.devmesh.mcp.McpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
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
        List<String> all = new ArrayList<>();
        all.add(first);
        values.forEachRemaining(all::add);
        return List.copyOf(all);
    }
}
