package dev.devmesh.netty;

/**
 * Requests of a client with a session as text, for sockets.
 *
 * @param revision that it speaks
 * @param session by what the server named it; empty if it sends no name
 */
record SessionRequests(String revision, String session) {

    /** The request that begins a session. */
    static String initialize(String revision) {
        return Requests.post(
                "",
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"" + revision
                        + "\",\"capabilities\":{\"elicitation\":{}},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}");
    }

    String request(int id, String method, String params) {
        return post("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}");
    }

    String call(int id, String tool, String arguments) {
        return request(id, "tools/call", "{\"name\":\"" + tool + "\",\"arguments\":" + arguments + "}");
    }

    String callWithProgress(int id, String tool, String arguments) {
        return request(
                id,
                "tools/call",
                "{\"name\":\"" + tool + "\",\"arguments\":" + arguments + ",\"_meta\":{\"progressToken\":\"p\"}}");
    }

    String notification(String method, String params) {
        return post("{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"params\":" + params + "}");
    }

    /** The answer to a question of the server, whose id is given as JSON. */
    String response(String id, String result) {
        return post("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":" + result + "}");
    }

    String post(String body) {
        return Requests.post(headers(), body);
    }

    /** Opens the stream for what belongs to no request. */
    String open() {
        return without("GET", "Accept: text/event-stream\r\n");
    }

    /** Comes back to a stream, after the event with this id. */
    String openAfter(String lastEventId) {
        return without("GET", "Accept: text/event-stream\r\nLast-Event-ID: " + lastEventId + "\r\n");
    }

    String delete() {
        return without("DELETE", "");
    }

    private String without(String method, String more) {
        return method + " /mcp HTTP/1.1\r\nHost: localhost\r\n" + headers() + more + "\r\n";
    }

    private String headers() {
        return "MCP-Protocol-Version: " + revision + "\r\n"
                + (session.isEmpty() ? "" : "Mcp-Session-Id: " + session + "\r\n");
    }
}
