package dev.devmesh.rest;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.nio.charset.StandardCharsets;

/** Whatever the target: one normal form that reads as itself, or a refusal. */
class RestPathFuzzTest {

    @FuzzTest(maxDuration = "30s")
    void path(byte[] bytes) {
        String target = new String(bytes, StandardCharsets.ISO_8859_1);
        RestPath read;
        try {
            read = RestPath.of(target);
        } catch (MeshException refused) {
            if (refused.code() != ErrorCode.INVALID_REQUEST) {
                throw refused;
            }
            return;
        }
        for (String segment : read.segments()) {
            boolean ambiguous = segment.isEmpty()
                    || segment.equals(".")
                    || segment.equals("..")
                    || segment.chars().anyMatch(c -> c == '/' || c == '\\' || c == ';' || Character.isISOControl(c));
            if (ambiguous) {
                throw new AssertionError("two programs may read this part of a path differently: " + segment);
            }
        }
        StringBuilder encoded = new StringBuilder();
        read.segments().forEach(segment -> encode(encoded.append('/'), segment));
        String separator = "?";
        for (var parameter : read.query().entrySet()) {
            encode(encoded.append(separator), parameter.getKey());
            encode(encoded.append('='), parameter.getValue());
            separator = "&";
        }
        if (!RestPath.of(encoded.toString()).equals(read)) {
            throw new AssertionError(target + " is read as " + read + ", and " + encoded + " otherwise");
        }
    }

    private static void encode(StringBuilder out, String text) {
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            out.append(String.format("%%%02X", one));
        }
    }
}
