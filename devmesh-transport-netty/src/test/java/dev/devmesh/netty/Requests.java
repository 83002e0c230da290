package dev.devmesh.netty;

import dev.devmesh.json.Json;
import java.nio.charset.StandardCharsets;

/** Requests as text, for sockets. */
final class Requests {

    private static final String META = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            + "\"io.modelcontextprotocol/clientCapabilities\":{}%s}";

    private Requests() {}

    /** A call of a tool. */
    static String call(int id, String tool, String arguments) {
        return call(id, tool, arguments, "");
    }

    /** A call of a tool that wants to hear of its progress. */
    static String callWithProgress(int id, String tool, String arguments) {
        return call(id, tool, arguments, ",\"progressToken\":\"p\"");
    }

    private static String call(int id, String tool, String arguments, String meta) {
        return post(
                "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: " + tool + "\r\n",
                body(id, tool, arguments, meta));
    }

    static String body(int id, String tool, String arguments, String meta) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":" + arguments + "," + META.formatted(meta) + "}}";
    }

    /** A listen to what the filter says, a JSON object. */
    static String listen(int id, String filter) {
        return post(
                "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n",
                "{\"jsonrpc\":\"2.0\",\"id\":" + id
                        + ",\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":" + filter + ","
                        + META.formatted("") + "}}");
    }

    /** A POST to the MCP endpoint with these header lines besides the usual ones. */
    static String post(String headerLines, String body) {
        return head(headerLines) + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n"
                + body;
    }

    /** The head of a POST to the MCP endpoint, without the length of its body and the empty line. */
    static String head(String headerLines) {
        return "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Accept: application/json, text/event-stream\r\n" + headerLines;
    }

    static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    /** The text of a tool's answer. */
    static String text(RawConnection.Answer answer) {
        return Json.parse(answer.body()).at("/result/content/0/text").asString("?");
    }

    static int id(RawConnection.Answer answer) {
        return answer.json().path("id").asInt(-1);
    }
}
