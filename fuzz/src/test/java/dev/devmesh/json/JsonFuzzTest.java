package dev.devmesh.json;

import com.code_intelligence.jazzer.junit.FuzzTest;
import tools.jackson.databind.JsonNode;

/** Whatever the bytes: a value that can be written and read again, or a refusal. */
class JsonFuzzTest {

    @FuzzTest(maxDuration = "30s")
    void reader(byte[] bytes) {
        JsonNode value;
        try {
            value = Json.parse(bytes);
        } catch (MalformedJson refused) {
            return;
        }
        if (!Json.parse(Json.bytes(value)).equals(value)) {
            throw new AssertionError("what was read is written as another value");
        }
    }
}
