package dev.devmesh.schema;

import dev.devmesh.json.Default;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonForm;
import dev.devmesh.json.MalformedJson;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the schema of a Java type.
 *
 * <p>What holds:
 *
 * <ul>
 *   <li>Members come in the order of the components, keywords in a fixed order, so the same type gives the same bytes.
 *   <li>Nested types are written in place, which models read best. Only a type that contains itself goes under {@code
 *       $defs}; the root is written in place even then, because MCP wants {@code type: object} there.
 * </ul>
 *
 * <p>One instance writes one schema.
 */
final class SchemaGenerator {

    private static final String LOCAL_TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?$";

    private static final Map<Class<?>, Supplier<ObjectNode>> SCALARS = scalars();

    /** A default that is to be checked once all definitions are known. */
    record PendingDefault(String path, ObjectNode schema, JsonNode value) {}

    /** A type where it is used, with its annotations if it was read from a declaration. */
    private record Use(Type type, @Nullable AnnotatedType annotated) {

        static Use of(AnnotatedType annotated) {
            return new Use(annotated.getType(), annotated);
        }

        AnnotatedElement marks() {
            return annotated == null ? NOTHING : annotated;
        }

        List<Use> arguments() {
            List<Use> arguments = new ArrayList<>();
            if (annotated instanceof AnnotatedParameterizedType generic) {
                for (AnnotatedType argument : generic.getAnnotatedActualTypeArguments()) {
                    arguments.add(Use.of(argument));
                }
            } else if (type instanceof ParameterizedType generic) {
                for (Type argument : generic.getActualTypeArguments()) {
                    arguments.add(new Use(argument, null));
                }
            }
            return arguments;
        }
    }

    private static final AnnotatedElement NOTHING = new AnnotatedElement() {
        @Override
        public <T extends Annotation> @Nullable T getAnnotation(Class<T> type) {
            return null;
        }

        @Override
        public Annotation[] getAnnotations() {
            return new Annotation[0];
        }

        @Override
        public Annotation[] getDeclaredAnnotations() {
            return new Annotation[0];
        }
    };

    private final Set<String> open = new HashSet<>();
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, ObjectNode> definitions = new LinkedHashMap<>();
    private final List<PendingDefault> defaults = new ArrayList<>();
    private int depth;
    private int count;

    ObjectNode generate(Type type) {
        ObjectNode root = schema(new Use(type, null), Map.of(), simpleName(type));
        JsonNode reference = root.get("$ref");
        if (reference != null) {
            root = definitions
                    .get(reference.stringValue().substring("#/$defs/".length()))
                    .deepCopy();
        }
        if (!definitions.isEmpty()) {
            root.set("$defs", definitions());
        }
        return root;
    }

    List<PendingDefault> defaults() {
        return defaults;
    }

    ObjectNode definitions() {
        ObjectNode all = Json.object();
        definitions.forEach((name, body) -> all.set(name, body.deepCopy()));
        return all;
    }

    private ObjectNode schema(Use use, Map<TypeVariable<?>, Use> variables, String path) {
        if (++depth > JsonSchema.MAX_DEPTH || ++count > JsonSchema.MAX_SUBSCHEMAS) {
            throw new InvalidSchema(path + " is nested too deep or too large; at most " + JsonSchema.MAX_DEPTH
                    + " levels and " + JsonSchema.MAX_SUBSCHEMAS + " types are written.");
        }
        try {
            return resolved(resolve(use, variables, path), variables, path);
        } finally {
            depth--;
        }
    }

    private static Use resolve(Use use, Map<TypeVariable<?>, Use> variables, String path) {
        if (use.type() instanceof TypeVariable<?> variable) {
            Use actual = variables.get(variable);
            if (actual == null) {
                throw new InvalidSchema(path + ": the type variable " + variable.getName()
                        + " has no value here; pass the full type, such as Page<String>.");
            }
            return actual;
        }
        if (use.type() instanceof WildcardType wildcard) {
            Use bound = use.annotated() instanceof AnnotatedWildcardType annotated
                    ? Use.of(annotated.getAnnotatedUpperBounds()[0])
                    : new Use(wildcard.getUpperBounds()[0], null);
            return resolve(bound, variables, path);
        }
        return use;
    }

    private ObjectNode resolved(Use use, Map<TypeVariable<?>, Use> variables, String path) {
        Class<?> raw = raw(use.type());
        Supplier<ObjectNode> scalar = SCALARS.get(raw);
        if (scalar != null) {
            return scalar.get();
        }
        if (raw.isEnum()) {
            return enumeration(raw);
        }
        if (raw.isArray()) {
            return array(component(use, raw), variables, path, false);
        }
        if (Collection.class.isAssignableFrom(raw)) {
            return array(argument(use, 0), variables, path, Set.class.isAssignableFrom(raw));
        }
        if (Map.class.isAssignableFrom(raw)) {
            return map(use, variables, path);
        }
        if (raw.isRecord() || !JsonForm.alternatives(raw).isEmpty()) {
            return structure(use, raw, variables, path);
        }
        throw new InvalidSchema(path + ": " + use.type().getTypeName() + " has no JSON form; use a record, an enum,"
                + " a sealed type of records, text, a number, a boolean, a java.time type, a list, a map with text keys"
                + " or a JsonNode.");
    }

    private ObjectNode array(Use element, Map<TypeVariable<?>, Use> variables, String path, boolean unique) {
        ObjectNode schema = Json.object().put("type", "array");
        if (element.type() != Object.class) {
            schema.set("items", element(element, variables, path + "[]"));
        }
        return unique ? schema.put("uniqueItems", true) : schema;
    }

    private ObjectNode map(Use use, Map<TypeVariable<?>, Use> variables, String path) {
        ObjectNode schema = Json.object().put("type", "object");
        Use key = resolve(argument(use, 0), variables, path);
        if (key.type() instanceof Class<?> names && names.isEnum()) {
            schema.set(
                    "propertyNames",
                    Json.object().set("enum", enumeration(names).get("enum")));
        } else if (key.type() != String.class && key.type() != Object.class) {
            throw new InvalidSchema(path + ": the keys of a map must be text or an enum, not "
                    + key.type().getTypeName() + ".");
        }
        Use value = argument(use, 1);
        if (value.type() != Object.class) {
            schema.set("additionalProperties", element(value, variables, path + "{}"));
        }
        return schema;
    }

    /** The schema of what a list or map holds, with the annotations of that type's use. */
    private ObjectNode element(Use use, Map<TypeVariable<?>, Use> variables, String path) {
        Use actual = resolve(use, variables, path);
        ObjectNode schema = schema(actual, variables, path);
        Constraints.apply(schema, actual.marks(), path);
        return JsonForm.nullable(use.marks()) || JsonForm.nullable(actual.marks()) ? orNull(schema) : schema;
    }

    private static ObjectNode orNull(ObjectNode schema) {
        ObjectNode either = Json.object();
        either.putArray("anyOf").add(schema).addObject().put("type", "null");
        return either;
    }

    private ObjectNode structure(Use use, Class<?> raw, Map<TypeVariable<?>, Use> variables, String path) {
        Map<TypeVariable<?>, Use> own = bind(use, raw, variables, path);
        String key = key(use, variables, path);
        String defined = names.get(key);
        if (defined != null) {
            return reference(defined);
        }
        if (!open.add(key)) {
            String name = freshName(raw);
            names.put(key, name);
            return reference(name);
        }
        ObjectNode body = raw.isRecord() ? record(raw, own, path) : choice(raw, path);
        open.remove(key);
        String name = names.get(key);
        if (name == null) {
            return body;
        }
        definitions.put(name, body);
        return reference(name);
    }

    private static ObjectNode reference(String name) {
        return Json.object().put("$ref", "#/$defs/" + name);
    }

    private String freshName(Class<?> raw) {
        String name = raw.getSimpleName();
        for (int i = 2; names.containsValue(name); i++) {
            name = raw.getSimpleName() + i;
        }
        return name;
    }

    private static Map<TypeVariable<?>, Use> bind(
            Use use, Class<?> raw, Map<TypeVariable<?>, Use> variables, String path) {
        List<Use> arguments = use.arguments();
        Map<TypeVariable<?>, Use> own = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            own.put(raw.getTypeParameters()[i], resolve(arguments.get(i), variables, path));
        }
        return own;
    }

    private static String key(Use use, Map<TypeVariable<?>, Use> variables, String path) {
        StringBuilder key = new StringBuilder(raw(use.type()).getName());
        for (Use argument : use.arguments()) {
            Use actual = resolve(argument, variables, path);
            key.append('<')
                    .append(actual.type() instanceof Class<?> leaf ? leaf.getName() : key(actual, variables, path))
                    .append('>');
        }
        return key.toString();
    }

    private ObjectNode choice(Class<?> sealed, String path) {
        ObjectNode schema = Json.object().put("type", "object");
        describe(schema, sealed, sealed);
        ArrayNode alternatives = schema.putArray("oneOf");
        Set<String> told = new HashSet<>();
        for (Class<?> record : JsonForm.alternatives(sealed)) {
            String name = JsonForm.discriminator(record).orElseThrow();
            if (!told.add(name)) {
                throw new InvalidSchema(path + ": two alternatives of " + sealed.getSimpleName() + " are named \""
                        + name + "\"; rename one of the records.");
            }
            alternatives.add(schema(new Use(record, null), Map.of(), path + "(" + record.getSimpleName() + ")"));
        }
        return schema;
    }

    private ObjectNode record(Class<?> record, Map<TypeVariable<?>, Use> variables, String path) {
        ObjectNode schema = Json.object().put("type", "object");
        describe(schema, record, record);
        ObjectNode properties = Json.object();
        ArrayNode required = Json.mapper().createArrayNode();
        JsonForm.discriminator(record).ifPresent(name -> {
            properties.putObject(JsonForm.DISCRIMINATOR).put("type", "string").put("const", name);
            required.add(JsonForm.DISCRIMINATOR);
        });
        for (RecordComponent component : record.getRecordComponents()) {
            String name = JsonForm.name(component);
            String here = path + "." + name;
            if (properties.has(name)) {
                throw new InvalidSchema(here + ": two members have this name; in a sealed type \""
                        + JsonForm.DISCRIMINATOR + "\" tells the alternatives apart. Rename the component.");
            }
            properties.set(name, member(component, variables, here));
            if (JsonForm.required(component)) {
                required.add(name);
            }
        }
        if (!properties.isEmpty()) {
            schema.set("properties", properties);
        }
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        return schema.put("additionalProperties", false);
    }

    private ObjectNode member(RecordComponent component, Map<TypeVariable<?>, Use> variables, String path) {
        Use use = resolve(Use.of(component.getAnnotatedType()), variables, path);
        Class<?> raw = raw(use.type());
        Class<?> meant = raw;
        ObjectNode schema;
        if (raw == Optional.class) {
            Use value = resolve(argument(use, 0), variables, path);
            meant = raw(value.type());
            schema = element(value, variables, path);
        } else if (raw == OptionalInt.class || raw == OptionalLong.class) {
            schema = scalar("integer");
        } else if (raw == OptionalDouble.class) {
            schema = scalar("number");
        } else {
            schema = schema(use, variables, path);
        }
        if (raw.isArray()) {
            Constraints.applySize(schema, component, path);
        } else {
            Constraints.apply(schema, component, path);
        }
        describe(schema, component, meant);
        Header header = component.getAnnotation(Header.class);
        if (header != null) {
            schema.put(SchemaRules.HEADER, header.value());
        }
        Default given = component.getAnnotation(Default.class);
        if (given != null) {
            JsonNode value = parse(given, path);
            defaults.add(new PendingDefault(path, schema.deepCopy(), value));
            schema.set("default", value);
        }
        return schema;
    }

    private static JsonNode parse(Default given, String path) {
        try {
            return Json.parse(given.value());
        } catch (MalformedJson e) {
            throw new InvalidSchema(
                    path + ": its @Default is not JSON; text needs quotes of its own. " + e.getMessage());
        }
    }

    /** Puts the words of a declaration, and those of an enum's constants, into a schema. */
    private static void describe(ObjectNode schema, AnnotatedElement declaration, Class<?> type) {
        Description given = declaration.getAnnotation(Description.class);
        if (given == null) {
            return;
        }
        if (given.value().isBlank()) {
            throw new InvalidSchema(
                    "A @Description of " + declaration + " is blank; say what the value means or leave it out.");
        }
        schema.put("description", type.isEnum() ? withConstants(given.value(), type) : given.value());
    }

    private static ObjectNode enumeration(Class<?> type) {
        ObjectNode schema = scalar("string");
        Description given = type.getAnnotation(Description.class);
        String words = withConstants(given == null ? "" : given.value(), type);
        if (!words.isBlank()) {
            schema.put("description", words);
        }
        ArrayNode values = schema.putArray("enum");
        for (Object constant : type.getEnumConstants()) {
            values.add(JsonForm.name((Enum<?>) constant));
        }
        return schema;
    }

    private static String withConstants(String words, Class<?> type) {
        StringBuilder all = new StringBuilder(words.strip());
        String separator = all.isEmpty() ? "" : ".!?:".indexOf(all.charAt(all.length() - 1)) >= 0 ? " " : ". ";
        for (Object constant : type.getEnumConstants()) {
            Description meaning = JsonForm.declaration((Enum<?>) constant).getAnnotation(Description.class);
            if (meaning != null) {
                all.append(separator)
                        .append(JsonForm.name((Enum<?>) constant))
                        .append(": ")
                        .append(meaning.value());
                separator = "; ";
            }
        }
        return all.toString();
    }

    private static Use argument(Use use, int index) {
        List<Use> arguments = use.arguments();
        return index < arguments.size() ? arguments.get(index) : new Use(Object.class, null);
    }

    private static Use component(Use use, Class<?> raw) {
        if (use.annotated() instanceof AnnotatedArrayType array) {
            return Use.of(array.getAnnotatedGenericComponentType());
        }
        return new Use(
                use.type() instanceof GenericArrayType array ? array.getGenericComponentType() : raw.getComponentType(),
                null);
    }

    private static Class<?> raw(Type type) {
        if (type instanceof Class<?> plain) {
            return plain;
        }
        if (type instanceof ParameterizedType generic) {
            return (Class<?>) generic.getRawType();
        }
        return type instanceof GenericArrayType array
                ? raw(array.getGenericComponentType()).arrayType()
                : Object.class;
    }

    private static String simpleName(Type type) {
        return raw(type).getSimpleName();
    }

    private static ObjectNode scalar(String type) {
        return Json.object().put("type", type);
    }

    private static Supplier<ObjectNode> text(String format) {
        return () -> scalar("string").put("format", format);
    }

    private static Supplier<ObjectNode> matching(String pattern) {
        return () -> scalar("string").put("pattern", pattern);
    }

    private static Map<Class<?>, Supplier<ObjectNode>> scalars() {
        Map<Class<?>, Supplier<ObjectNode>> all = new HashMap<>();
        for (Class<?> integer : List.of(int.class, Integer.class, long.class, Long.class, BigInteger.class)) {
            all.put(integer, () -> scalar("integer"));
        }
        for (Class<?> small : List.of(byte.class, Byte.class)) {
            all.put(
                    small,
                    () -> scalar("integer").put("minimum", Byte.MIN_VALUE).put("maximum", Byte.MAX_VALUE));
        }
        for (Class<?> small : List.of(short.class, Short.class)) {
            all.put(
                    small,
                    () -> scalar("integer").put("minimum", Short.MIN_VALUE).put("maximum", Short.MAX_VALUE));
        }
        for (Class<?> number :
                List.of(float.class, Float.class, double.class, Double.class, BigDecimal.class, Number.class)) {
            all.put(number, () -> scalar("number"));
        }
        for (Class<?> flag : List.of(boolean.class, Boolean.class)) {
            all.put(flag, () -> scalar("boolean"));
        }
        for (Class<?> letter : List.of(char.class, Character.class)) {
            all.put(letter, () -> scalar("string").put("minLength", 1).put("maxLength", 1));
        }
        for (Class<?> text : List.of(String.class, ZoneId.class, ZoneOffset.class)) {
            all.put(text, () -> scalar("string"));
        }
        for (Class<?> moment : List.of(Instant.class, OffsetDateTime.class, ZonedDateTime.class)) {
            all.put(moment, text("date-time"));
        }
        all.put(LocalDate.class, text("date"));
        all.put(OffsetTime.class, text("time"));
        // RFC 3339 knows no time without offset, so "time" and "date-time" would refuse these.
        all.put(LocalTime.class, matching("^" + LOCAL_TIME));
        all.put(LocalDateTime.class, matching("^[0-9]{4}-[0-9]{2}-[0-9]{2}T" + LOCAL_TIME));
        all.put(Duration.class, text("duration"));
        all.put(Period.class, text("duration"));
        all.put(UUID.class, text("uuid"));
        all.put(URI.class, text("uri-reference"));
        all.put(URL.class, text("uri"));
        all.put(byte[].class, () -> scalar("string").put("contentEncoding", "base64"));
        all.put(Object.class, Json::object);
        all.put(JsonNode.class, Json::object);
        all.put(ObjectNode.class, () -> scalar("object"));
        all.put(ArrayNode.class, () -> scalar("array"));
        return Map.copyOf(all);
    }
}
