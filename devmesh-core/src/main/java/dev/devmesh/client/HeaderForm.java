package dev.devmesh.client;

import dev.devmesh.schema.HeaderMember;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What HTTP repeats of a message in its headers (MCP 2026-07-28, "Standard headers", "Custom headers"). */
final class HeaderForm {

    private static final String BASE64_PREFIX = "=?base64?";
    private static final String BASE64_SUFFIX = "?=";

    private static final Map<String, String> NAMED_BY = Map.of(
            "tools/call", "name",
            "prompts/get", "name",
            "resources/read", "uri",
            "tasks/get", "taskId",
            "tasks/update", "taskId",
            "tasks/cancel", "taskId");

    private HeaderForm() {}

    /** The headers of a request; {@code parameters} are the members of the called tool that have one. */
    static Map<String, String> of(String method, ObjectNode params, List<HeaderMember> parameters) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Mcp-Method", method);
        String source = NAMED_BY.get(method);
        if (source != null) {
            headers.put("Mcp-Name", text(params.path(source).asString("")));
        }
        for (HeaderMember parameter : parameters) {
            JsonNode argument = params.path("arguments");
            for (String step : parameter.path()) {
                argument = argument.path(step);
            }
            // a container has no header form; the server's schema refuses it
            if (argument.isValueNode() && !argument.isNull()) {
                headers.put("Mcp-Param-" + parameter.header(), text(argument.asString()));
            }
        }
        return headers;
    }

    /** The value itself where it can travel as it is, else its base64 form. */
    static String text(String value) {
        return isPlain(value)
                ? value
                : BASE64_PREFIX
                        + Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))
                        + BASE64_SUFFIX;
    }

    private static boolean isPlain(String value) {
        return value.chars().allMatch(c -> c >= 0x20 && c <= 0x7e)
                && !value.startsWith(" ")
                && !value.endsWith(" ")
                && !(value.startsWith(BASE64_PREFIX) && value.endsWith(BASE64_SUFFIX));
    }
}
