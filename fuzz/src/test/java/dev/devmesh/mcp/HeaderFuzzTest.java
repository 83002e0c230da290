package dev.devmesh.mcp;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Whatever a header says: it equals the body or is refused, by no other exception. */
class HeaderFuzzTest {

    @FuzzTest(maxDuration = "30s")
    void mirror(byte[] bytes) {
        String sent = new String(bytes, StandardCharsets.ISO_8859_1);
        List<String> values = Arrays.asList(sent.split("\n", -1));
        HeaderMirror mirror = new HeaderMirror(name -> values);
        try {
            mirror.requireName("name", "the name");
        } catch (McpError refused) {
            return;
        }
        String only = values.get(0);
        String coded = Base64.getEncoder().encodeToString("name".getBytes(StandardCharsets.UTF_8));
        if (!only.equals("name") && !only.equals("=?base64?" + coded + "?=")) {
            throw new AssertionError("taken for the name: " + only);
        }
    }
}
