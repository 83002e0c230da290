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
        JsonNode again = Json.parse(Json.bytes(value));
        if (!again.equals(JsonFuzzTest::compare, value)) {
            throw new AssertionError("what was read is written as another value");
        }
    }

    /** Two numbers are the same however they are written. */
    private static int compare(JsonNode one, JsonNode other) {
        boolean same = one.isNumber() && other.isNumber()
                ? one.decimalValue().compareTo(other.decimalValue()) == 0
                : one.equals(other);
        return same ? 0 : 1;
    }
}
