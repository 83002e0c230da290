package dev.devmesh.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/**
 * How Java declarations look in JSON: the one set of rules that reading, writing and schemas share.
 *
 * <ul>
 *   <li>A record component has its own name, an enum constant too, unless {@link JsonProperty} gives another.
 *   <li>A component is required unless it is an {@code Optional}, is marked {@code @Nullable} or has a {@link Default}.
 *   <li>A sealed type whose alternatives are all records is told apart by a first member {@code type}: the record's
 *       simple name in lower snake case ({@code RedCircle} is {@code red_circle}). Its records always carry it.
 * </ul>
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class JsonForm {

    /** The member that tells the alternatives of a sealed type apart. */
    public static final String DISCRIMINATOR = "type";

    private static final int MAX_BRIEF = 40;

    private JsonForm() {}

    /** The member that a record component is read from and written to. */
    public static String name(RecordComponent component) {
        JsonProperty given = component.getAccessor().getAnnotation(JsonProperty.class);
        return given == null || given.value().isEmpty() ? component.getName() : given.value();
    }

    /** The text that stands for an enum constant. */
    public static String name(Enum<?> constant) {
        JsonProperty given = declaration(constant).getAnnotation(JsonProperty.class);
        return given == null || given.value().isEmpty() ? constant.name() : given.value();
    }

    /** Where an enum constant is declared, for its annotations. */
    public static AnnotatedElement declaration(Enum<?> constant) {
        try {
            return constant.getDeclaringClass().getField(constant.name());
        } catch (NoSuchFieldException impossible) {
            throw new IllegalStateException("an enum without its own constant: " + constant, impossible);
        }
    }

    /** Whether an object without this component's member is refused. */
    public static boolean required(RecordComponent component) {
        return !mayBeNull(component) && !component.isAnnotationPresent(Default.class);
    }

    /** Whether JSON's null, or nothing at all, is a value of this component. */
    static boolean mayBeNull(RecordComponent component) {
        return optional(component.getType())
                || nullable(component.getAnnotatedType())
                || nullable(component)
                || nullable(component.getAccessor());
    }

    /** Whether a declaration or type use carries an annotation named {@code Nullable}, JSpecify's or another's. */
    public static boolean nullable(AnnotatedElement element) {
        for (Annotation annotation : element.getAnnotations()) {
            if (annotation.annotationType().getSimpleName().equals("Nullable")) {
                return true;
            }
        }
        return false;
    }

    private static boolean optional(Class<?> type) {
        return type == Optional.class
                || type == OptionalInt.class
                || type == OptionalLong.class
                || type == OptionalDouble.class;
    }

    /**
     * The records that a sealed type may be, in the order of its declaration, nested sealed types included.
     *
     * @return empty if the type is not sealed or one of its alternatives is not a record
     */
    public static List<Class<?>> alternatives(Class<?> type) {
        Map<Class<?>, Boolean> records = new LinkedHashMap<>();
        return type.isSealed() && collect(type, records) ? List.copyOf(records.keySet()) : List.of();
    }

    private static boolean collect(Class<?> sealed, Map<Class<?>, Boolean> records) {
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            if (permitted.isRecord()) {
                records.put(permitted, true);
            } else if (!permitted.isSealed() || !collect(permitted, records)) {
                return false;
            }
        }
        return true;
    }

    /** The value of {@link #DISCRIMINATOR} that a record carries, if it is an alternative of a sealed type. */
    public static Optional<String> discriminator(Class<?> record) {
        return record.isRecord()
                        && sealedParents(record).stream()
                                .anyMatch(p -> !alternatives(p).isEmpty())
                ? Optional.of(snake(record.getSimpleName()))
                : Optional.empty();
    }

    private static List<Class<?>> sealedParents(Class<?> record) {
        List<Class<?>> sealed = new ArrayList<>();
        for (Class<?> parent : record.getInterfaces()) {
            if (parent.isSealed()) {
                sealed.add(parent);
            }
        }
        return sealed;
    }

    private static String snake(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", "$1$3_$2")
                .toLowerCase(Locale.ROOT);
    }

    /** What a value is, short enough for a message: a scalar as it is, cut after 40 characters, or its kind. */
    public static String brief(JsonNode value) {
        if (value.isString()) {
            return "\"" + brief(value.stringValue()) + "\"";
        }
        if (value.isObject()) {
            return "an object";
        }
        if (value.isArray()) {
            return "an array";
        }
        return brief(value.toString());
    }

    /** A text on one line, cut after 40 characters. */
    public static String brief(String text) {
        StringBuilder brief = new StringBuilder();
        int count = 0;
        for (int i = 0; i < text.length(); ) {
            if (count++ == MAX_BRIEF) {
                return brief.append('\u2026').toString();
            }
            int c = text.codePointAt(i);
            brief.appendCodePoint(Character.isISOControl(c) || c == '"' ? ' ' : c);
            i += Character.charCount(c);
        }
        return brief.toString();
    }
}
