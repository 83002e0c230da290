package dev.devmesh.schema;

import java.math.BigDecimal;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NumericNode;

/**
 * Texts that are equal exactly when two JSON values are, as JSON Schema compares them: numbers by their value, objects
 * whatever the order of their members. Texts are safe in hash tables whoever chose the values; hashes of trees are not.
 */
final class Canonical {

    private static final int CHARS_PER_STEP = 32;

    private Canonical() {}

    static String text(JsonNode value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(JsonNode value, StringBuilder out) {
        if (value.isObject()) {
            TreeMap<String, JsonNode> members = new TreeMap<>();
            value.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
            out.append('{');
            members.forEach((name, member) -> {
                write(name, out);
                write(member, out);
            });
            out.append('}');
        } else if (value.isArray()) {
            out.append('[');
            value.forEach(element -> write(element, out));
            out.append(']');
        } else if (value.isString()) {
            write(value.stringValue(), out);
        } else if (isFinite(value)) {
            write(value.decimalValue(), out);
        } else {
            out.append(value).append(';');
        }
    }

    /** JSON has no other numbers, but a tree made in Java can. */
    static boolean isFinite(JsonNode value) {
        return value instanceof NumericNode number && !number.isNaN();
    }

    private static void write(String text, StringBuilder out) {
        out.append(text.length()).append(':').append(text);
    }

    private static void write(BigDecimal number, StringBuilder out) {
        out.append('#').append(number.stripTrailingZeros()).append(';');
    }

    /** About how many values and texts there are in a value, so what a look at all of it costs. */
    static long weight(JsonNode value) {
        long sum = 1;
        if (value.isString()) {
            sum += value.stringValue().length() / CHARS_PER_STEP;
        } else if (value.isObject()) {
            for (var member : value.properties()) {
                sum += 1 + member.getKey().length() / CHARS_PER_STEP + weight(member.getValue());
            }
        } else {
            for (JsonNode element : value) {
                sum += weight(element);
            }
        }
        return sum;
    }
}
