package dev.devmesh.postgres;

import dev.devmesh.text.Sha256;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The members of metadata that a filter can ask for, each as a hash of the tenant, the name and the value: strings, numbers, booleans
 * and null. Numbers are equal by value, however they are written, which they would not be in a database's eyes beyond what
 * its own numbers reach. By the tenant, so that an index over all finds those of one.
 */
final class Members {

    private Members() {}

    static UUID[] of(String tenant, ObjectNode metadata) {
        List<UUID> members = new ArrayList<>();
        for (Map.Entry<String, JsonNode> member : metadata.properties()) {
            if (member.getValue().isValueNode()) {
                members.add(hash(tenant, member.getKey(), member.getValue()));
            }
        }
        return members.toArray(UUID[]::new);
    }

    /** @throws IllegalArgumentException if one of them is an object or an array */
    static UUID[] wanted(String tenant, ObjectNode filter) {
        for (Map.Entry<String, JsonNode> member : filter.properties()) {
            if (!member.getValue().isValueNode()) {
                throw new IllegalArgumentException("metadata." + member.getKey()
                        + " cannot be filtered by an object or an array; name a string, a number, a boolean or null");
            }
        }
        return of(tenant, filter);
    }

    private static UUID hash(String tenant, String name, JsonNode value) {
        String whole = tenant + "/" + name.length() + ":" + name + "=" + form(value);
        ByteBuffer digest = ByteBuffer.wrap(Sha256.of(whole));
        return new UUID(digest.getLong(), digest.getLong());
    }

    private static String form(JsonNode value) {
        if (value.isString()) {
            return "s" + value.stringValue();
        }
        if (value.isNumber()) {
            BigDecimal number = value.decimalValue();
            // Zero keeps its scale otherwise, and 0 and 0.0 are one number.
            return "n" + (number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros());
        }
        return "w" + value;
    }
}
