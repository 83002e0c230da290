package dev.devmesh.json;

import dev.devmesh.text.Nearest;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.exc.InvalidTypeIdException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;

/**
 * A JSON value does not fit the Java type it was to be bound to.
 *
 * <p>The message is a sentence that names the member, such as {@code days must be an integer, is a string}.
 *
 * <p>Immutable.
 */
public final class MismatchedJson extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String pointer;

    MismatchedJson(String pointer, String sentence) {
        super(sentence, null, false, false);
        this.pointer = pointer;
    }

    static MismatchedJson of(JacksonException e, JsonNode root) {
        List<String> path = new ArrayList<>();
        for (JacksonException.Reference step : e.getPath()) {
            path.add(step.getPropertyName() != null ? step.getPropertyName() : String.valueOf(step.getIndex()));
        }
        String where = where(e.getPath());
        JsonNode value = at(root, path);
        return new MismatchedJson(
                path.stream()
                        .map(step -> "/" + step.replace("~", "~0").replace("/", "~1"))
                        .collect(Collectors.joining()),
                sentence(e, where, value));
    }

    private static String where(List<JacksonException.Reference> path) {
        StringBuilder where = new StringBuilder();
        for (JacksonException.Reference step : path) {
            if (step.getPropertyName() == null) {
                where.append('[').append(step.getIndex()).append(']');
            } else {
                where.append(where.isEmpty() ? "" : ".").append(JsonForm.brief(step.getPropertyName()));
            }
        }
        return where.isEmpty() ? "the value" : where.toString();
    }

    private static String sentence(JacksonException e, String where, @Nullable JsonNode value) {
        if (e instanceof InvalidNullException) {
            return where + (value == null ? " is required" : " must not be null");
        }
        if (e instanceof UnrecognizedPropertyException unknown) {
            String name = unknown.getPropertyName();
            Collection<Object> known =
                    Optional.ofNullable(unknown.getKnownPropertyIds()).orElse(List.of());
            String hint = Nearest.nearest(
                            name, known.stream().map(String::valueOf).toList())
                    .map(near -> "; did you mean " + near + "?")
                    .orElse("");
            return "unknown member \"" + where + "\"" + hint;
        }
        if (e instanceof InvalidTypeIdException unknown && unknown.getBaseType() != null) {
            String names = JsonForm.alternatives(unknown.getBaseType().getRawClass()).stream()
                    .map(record -> JsonForm.discriminator(record).orElseThrow())
                    .collect(Collectors.joining(", "));
            return where + " must have a member " + JsonForm.DISCRIMINATOR
                    + (names.isEmpty() ? "" : " that is one of " + names);
        }
        if (e instanceof ValueInstantiationException refused && refused.getCause() != null) {
            return where + " is refused: " + refused.getCause().getMessage();
        }
        String is = value == null ? "" : ", is " + JsonForm.brief(value);
        Class<?> target = e instanceof MismatchedInputException mismatch
                ? mismatch.getTargetType()
                : e instanceof InputCoercionException narrow ? narrow.getTargetType() : null;
        if (target != null) {
            return where + " must be " + expected(target) + is;
        }
        return value != null && value.isNumber() ? where + " is out of range" + is : where + " does not fit" + is;
    }

    private static String expected(Class<?> type) {
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(constant -> JsonForm.name((Enum<?>) constant))
                            .collect(Collectors.joining(", "));
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == int.class || type == Integer.class) {
            return "an integer of 32 bits";
        }
        if (type == long.class || type == Long.class) {
            return "an integer of 64 bits";
        }
        if (type.isPrimitive() && type != char.class || Number.class.isAssignableFrom(type)) {
            return "a number that fits a Java " + type.getSimpleName();
        }
        String text = TEXTS.get(type);
        if (text != null) {
            return text;
        }
        if (type.isArray() || Collection.class.isAssignableFrom(type)) {
            return "an array";
        }
        return CharSequence.class.isAssignableFrom(type) || type == char.class || type == Character.class
                ? "a string"
                : "an object";
    }

    private static final Map<Class<?>, String> TEXTS = Map.of(
            Instant.class, "a date and time such as 2026-01-31T12:00:00Z",
            OffsetDateTime.class, "a date and time such as 2026-01-31T12:00:00Z",
            ZonedDateTime.class, "a date and time such as 2026-01-31T12:00:00Z",
            LocalDateTime.class, "a date and time without zone such as 2026-01-31T12:00:00",
            LocalDate.class, "a date such as 2026-01-31",
            LocalTime.class, "a time such as 12:00:00",
            Duration.class, "a duration such as PT1H30M",
            Period.class, "a period such as P1M",
            UUID.class, "a UUID");

    private static @Nullable JsonNode at(JsonNode root, List<String> path) {
        JsonNode value = root;
        for (String step : path) {
            value = value.isArray() ? value.get(Integer.parseInt(step)) : value.get(step);
            if (value == null) {
                return null;
            }
        }
        return value;
    }

    /** The JSON Pointer (RFC 6901) of the value that does not fit; empty for the root. */
    public String pointer() {
        return pointer;
    }
}
