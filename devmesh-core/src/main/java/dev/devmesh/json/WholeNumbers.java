package dev.devmesh.json;

import java.math.BigDecimal;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON Schema calls {@code 1.0} an integer; Jackson either refuses it for an {@code int} or truncates {@code 1.5} as
 * well. So binding refuses fractions, after numbers without one were written as integers.
 */
final class WholeNumbers {

    private WholeNumbers() {}

    /** The same tree if it has no such number, else a copy. */
    static JsonNode asIntegers(JsonNode value) {
        if (value.isBigDecimal()) {
            BigDecimal number = value.decimalValue();
            boolean whole = number.precision() - (long) number.scale() <= Json.MAX_NUMBER_LENGTH
                    && number.stripTrailingZeros().scale() <= 0;
            return whole ? Json.mapper().getNodeFactory().numberNode(number.toBigIntegerExact()) : value;
        }
        if (value instanceof ObjectNode object) {
            ObjectNode copy = object;
            for (var member : object.properties()) {
                JsonNode changed = asIntegers(member.getValue());
                if (changed != member.getValue()) {
                    copy = copy == object ? shallow(object) : copy;
                    copy.set(member.getKey(), changed);
                }
            }
            return copy;
        }
        if (value instanceof ArrayNode array) {
            ArrayNode copy = array;
            for (int i = 0; i < array.size(); i++) {
                JsonNode changed = asIntegers(array.get(i));
                if (changed != array.get(i)) {
                    copy = copy == array ? Json.mapper().createArrayNode().addAll(array) : copy;
                    copy.set(i, changed);
                }
            }
            return copy;
        }
        return value;
    }

    private static ObjectNode shallow(ObjectNode object) {
        ObjectNode copy = Json.object();
        copy.setAll(object);
        return copy;
    }
}
