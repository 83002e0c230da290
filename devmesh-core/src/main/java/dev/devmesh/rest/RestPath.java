package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The target of a request in its one normal form: what everything else looks at.
 *
 * <p>It is decoded once. What two programs might read differently is not normalised but refused: encoded slashes, dot segments,
 * empty segments, path parameters ({@code ;}), backslashes, control characters, bytes that are not UTF-8.
 *
 * @param segments the decoded parts between the slashes
 * @param query the parameters, decoded, by name
 */
record RestPath(List<String> segments, Map<String, String> query) {

    private static final int MOST_PARAMETERS = 50;

    /** Copies the collections. */
    RestPath {
        segments = List.copyOf(segments);
        query = Map.copyOf(query);
    }

    /**
     * Reads a target in origin form: a path, and perhaps a query.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_REQUEST} if it has no normal form
     */
    static RestPath of(String target) {
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        if (path.isEmpty() || path.charAt(0) != '/') {
            throw malformed("The path must begin with a slash.");
        }
        List<String> segments = new ArrayList<>();
        for (String raw : path.substring(1).split("/", -1)) {
            segments.add(segment(raw));
        }
        return new RestPath(segments, question < 0 ? Map.of() : query(target.substring(question + 1)));
    }

    /** The path as text. No segment has a slash in it, so no two paths have the same text. */
    String text() {
        return "/" + String.join("/", segments);
    }

    private static String segment(String raw) {
        String segment = decode(raw, false);
        if (segment.isEmpty()) {
            throw malformed("The path has an empty part: a double slash, or a slash at its end.");
        }
        if (segment.equals(".") || segment.equals("..")) {
            throw malformed("The path has a part that is only dots.");
        }
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (c == '/' || c == '\\' || c == ';' || Character.isISOControl(c)) {
                throw malformed("The path has a slash, backslash, semicolon or control character inside of a part.");
            }
        }
        return segment;
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : raw.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1), true);
            if (parameters.put(name, value) != null) {
                throw malformed("The query has a parameter more than once.");
            }
            if (parameters.size() > MOST_PARAMETERS) {
                throw malformed("The query has more than " + MOST_PARAMETERS + " parameters.");
            }
        }
        return parameters;
    }

    private static String decode(String raw, boolean plusIsSpace) {
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes.put((byte) (hex(raw, i + 1) << 4 | hex(raw, i + 2)));
                i += 2;
            } else if (c == '+' && plusIsSpace) {
                bytes.put((byte) ' ');
            } else if (c > ' ' && c < 0x7F && c != '#') {
                bytes.put((byte) c);
            } else {
                throw malformed("The target has a character that must be percent-encoded.");
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException notUtf8) {
            throw malformed("The target has percent-encoded bytes that are not UTF-8.");
        }
    }

    private static int hex(String raw, int index) {
        int digit = index < raw.length() && raw.charAt(index) < 0x80 ? Character.digit(raw.charAt(index), 16) : -1;
        if (digit < 0) {
            throw malformed("The target has a percent sign without two hexadecimal digits behind it.");
        }
        return digit;
    }

    private static MeshException malformed(String message) {
        return new MeshException(
                ErrorCode.INVALID_REQUEST, message, "GET /openapi.json shows the paths that there are.");
    }
}
