package dev.devmesh.mcp;

import dev.devmesh.schema.HeaderMember;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Holds the headers of a request to its body, as MCP 2026-07-28 ("Standard headers", "Custom headers") demands: proxies
 * route by the headers and servers act by the body, so the two must say the same.
 */
final class HeaderMirror {

    static final String VERSION = "MCP-Protocol-Version";
    static final String SESSION = "Mcp-Session-Id";
    static final String LAST_EVENT = "Last-Event-ID";

    private static final String METHOD = "Mcp-Method";
    private static final String NAME = "Mcp-Name";
    private static final String PARAMETER = "Mcp-Param-";
    private static final String BASE64_PREFIX = "=?base64?";
    private static final String BASE64_SUFFIX = "?=";

    private final McpHeaders headers;

    HeaderMirror(McpHeaders headers) {
        this.headers = headers;
    }

    /** The one value of the header, or null where it is absent. */
    @Nullable
    String value(String header) {
        List<String> values = headers.values(header);
        if (values.isEmpty()) {
            return null;
        }
        String value = values.get(0);
        for (int i = 1; i < values.size(); i++) {
            if (!values.get(i).equals(value)) {
                throw McpError.headerMismatch("The header " + header + " was sent twice with different values.");
            }
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < 0x20 || c > 0x7e) && c != '\t') {
                throw McpError.headerMismatch("The header " + header
                        + " holds a character that is not printable ASCII; use the base64 form.");
            }
        }
        return value;
    }

    void requireMethod(String method) {
        String sent = required(METHOD);
        if (!sent.equals(method)) {
            throw mismatch(METHOD, "the method");
        }
    }

    void requireName(String name, String source) {
        if (!decoded(NAME, required(NAME)).equals(name)) {
            throw mismatch(NAME, source);
        }
    }

    void requireParameters(List<HeaderMember> parameters, JsonNode arguments) {
        for (HeaderMember parameter : parameters) {
            requireParameter(parameter, at(arguments, parameter.path()));
        }
    }

    private void requireParameter(HeaderMember parameter, JsonNode argument) {
        String header = PARAMETER + parameter.header();
        String sent = value(header);
        if (argument.isMissingNode() || argument.isNull()) {
            if (sent != null) {
                throw mismatch(header, "an argument that is absent");
            }
            return;
        }
        if (argument.isContainer()) {
            return; // has no header form, and the input schema refuses it
        }
        if (sent == null) {
            throw missing(header);
        }
        if (!says(decoded(header, sent), argument)) {
            throw mismatch(header, "the argument '" + String.join(".", parameter.path()) + "'");
        }
    }

    private static boolean says(String sent, JsonNode argument) {
        if (argument.isNumber()) {
            try {
                return sent.length() <= 64 && new BigDecimal(sent).compareTo(argument.decimalValue()) == 0;
            } catch (NumberFormatException e) {
                return false;
            }
        }
        return sent.equals(argument.asString());
    }

    private static JsonNode at(JsonNode arguments, List<String> path) {
        JsonNode found = arguments;
        for (String step : path) {
            found = found.path(step);
        }
        return found;
    }

    private String required(String header) {
        String value = value(header);
        if (value == null) {
            throw missing(header);
        }
        return value;
    }

    /** The value behind the base64 form; a value without both its markers stands for itself. */
    private static String decoded(String header, String value) {
        if (!value.startsWith(BASE64_PREFIX)
                || !value.endsWith(BASE64_SUFFIX)
                || value.length() < BASE64_PREFIX.length() + BASE64_SUFFIX.length()) {
            return value;
        }
        String encoded = value.substring(BASE64_PREFIX.length(), value.length() - BASE64_SUFFIX.length());
        try {
            if (encoded.length() % 4 != 0) {
                throw new IllegalArgumentException("padding is missing"); // which the JDK's decoder would forgive
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(encoded)))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw McpError.headerMismatch("The header " + header + " is not valid base64 of UTF-8.");
        }
    }

    private static McpError missing(String header) {
        return McpError.headerMismatch("The header " + header + " is missing.");
    }

    private static McpError mismatch(String header, String source) {
        return McpError.headerMismatch("The header " + header + " is not what the body says: " + source + " differs.");
    }
}
