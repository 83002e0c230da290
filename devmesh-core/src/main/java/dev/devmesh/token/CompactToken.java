package dev.devmesh.token;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.json.Json;
import dev.devmesh.json.MalformedJson;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A signed JSON Web Token, taken apart and not believed: nothing is verified yet.
 *
 * <p>What has several spellings is refused: padding, bits behind the last byte, members twice.
 *
 * @param header what it says of itself
 * @param claims what it says
 * @param signedPart the bytes that the signature is of
 * @param signature the signature
 */
record CompactToken(ObjectNode header, ObjectNode claims, byte[] signedPart, byte[] signature) {

    /** The most characters that are read. */
    static final int LONGEST = 8_192;

    private static final String FIX = "Send the access_token as it was answered, from its first character to its last.";

    /** Whether somebody who sends this means a JSON Web Token. */
    static boolean isMeant(String text) {
        return text.startsWith("eyJ") || text.indexOf('.') != text.lastIndexOf('.');
    }

    /** @throws MeshException with {@link ErrorCode#TOKEN_INVALID} if it has not the form of one */
    static CompactToken read(String text) {
        if (text.length() > LONGEST) {
            throw invalid("it has " + text.length() + " characters, and at most " + LONGEST + " are read");
        }
        String[] parts = text.split("\\.", -1);
        if (parts.length == 5) {
            throw invalid("it is encrypted, and only signed ones are read");
        }
        if (parts.length != 3) {
            throw invalid("it has " + parts.length + " parts, and a signed one has 3");
        }
        return new CompactToken(
                object(parts[0], "header"),
                object(parts[1], "claims"),
                text.substring(0, text.length() - parts[2].length() - 1).getBytes(StandardCharsets.ISO_8859_1),
                bytes(parts[2], "signature"));
    }

    private static ObjectNode object(String part, String what) {
        JsonNode value;
        try {
            value = Json.parse(bytes(part, what));
        } catch (MalformedJson e) {
            throw invalid("its " + what + " cannot be read as JSON");
        }
        if (!(value instanceof ObjectNode object)) {
            throw invalid("its " + what + " is no JSON object");
        }
        return object;
    }

    private static byte[] bytes(String part, String what) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(part);
        } catch (IllegalArgumentException e) {
            throw invalid("its " + what + " is not base64url");
        }
        if (!encoded(bytes).equals(part)) {
            throw invalid("its " + what + " is not base64url as it must be written, without padding");
        }
        return bytes;
    }

    static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static MeshException invalid(String why) {
        return new MeshException(ErrorCode.TOKEN_INVALID, "Invalid token: " + why + ".", FIX);
    }

    @Override
    public String toString() {
        return "CompactToken[***]";
    }
}
