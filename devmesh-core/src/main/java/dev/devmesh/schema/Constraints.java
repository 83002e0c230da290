package dev.devmesh.schema;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Turns the bounding annotations of a component or a type use into keywords, and refuses those that cannot apply. */
final class Constraints {

    private Constraints() {}

    static void apply(ObjectNode schema, AnnotatedElement marks, String path) {
        applyRange(schema, marks.getAnnotation(Range.class), path);
        applyLength(schema, marks.getAnnotation(Length.class), path);
        Pattern pattern = marks.getAnnotation(Pattern.class);
        if (pattern != null) {
            require(isType(schema, "string"), path, "@Pattern belongs on text");
            schema.put("pattern", pattern.value());
        }
        Format format = marks.getAnnotation(Format.class);
        if (format != null) {
            require(isType(schema, "string"), path, "@Format belongs on text");
            schema.put("format", format.value());
        }
        // "@Size(max = 3) String[] names" marks String too; there the size is the array's, which applySize has seen.
        if (!(marks instanceof AnnotatedType) || isType(schema, "array") || isType(schema, "object")) {
            applySize(schema, marks, path);
        }
    }

    static void applySize(ObjectNode schema, AnnotatedElement marks, String path) {
        Size size = marks.getAnnotation(Size.class);
        if (size == null) {
            return;
        }
        boolean map = isType(schema, "object") && !schema.has("properties");
        require(
                map || isType(schema, "array"),
                path,
                "@Size belongs on lists, sets, arrays and maps; text has @Length");
        require(size.min() >= 0 && size.min() <= size.max(), path, "@Size needs 0 <= min <= max");
        if (size.min() > 0) {
            schema.put(map ? "minProperties" : "minItems", size.min());
        }
        if (size.max() < Integer.MAX_VALUE) {
            schema.put(map ? "maxProperties" : "maxItems", size.max());
        }
    }

    private static void applyLength(ObjectNode schema, @Nullable Length length, String path) {
        if (length == null) {
            return;
        }
        require(isType(schema, "string"), path, "@Length belongs on text; lists and maps have @Size");
        require(length.min() >= 0 && length.min() <= length.max(), path, "@Length needs 0 <= min <= max");
        if (length.min() > 0) {
            schema.put("minLength", length.min());
        }
        if (length.max() < Integer.MAX_VALUE) {
            schema.put("maxLength", length.max());
        }
    }

    private static void applyRange(ObjectNode schema, @Nullable Range range, String path) {
        if (range == null) {
            return;
        }
        require(isType(schema, "integer") || isType(schema, "number"), path, "@Range belongs on numbers");
        require(range.min() <= range.max(), path, "@Range needs min <= max");
        if (Double.isFinite(range.min())) {
            putNumber(schema, "minimum", range.min());
        }
        if (Double.isFinite(range.max())) {
            putNumber(schema, "maximum", range.max());
        }
    }

    private static void putNumber(ObjectNode schema, String keyword, double bound) {
        BigDecimal exact = BigDecimal.valueOf(bound).stripTrailingZeros();
        if (exact.scale() <= 0) {
            schema.put(keyword, exact.toBigIntegerExact());
        } else {
            schema.put(keyword, exact);
        }
    }

    private static boolean isType(ObjectNode schema, String type) {
        return schema.path("type").asString("").equals(type);
    }

    private static void require(boolean holds, String path, String rule) {
        if (!holds) {
            throw new InvalidSchema(path + ": " + rule + ".");
        }
    }
}
