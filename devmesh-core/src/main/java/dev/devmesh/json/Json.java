package dev.devmesh.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.type.LogicalType;

/**
 * The one way in which DevMesh reads and writes JSON.
 *
 * <p>Reading is strict: one value, UTF-8, no member twice, no comments, within the limits below, unknown members and
 * missing ones refused. Numbers in trees are exact, so what is passed through is not changed. How records, enums and
 * sealed types look is said in {@link JsonForm}; {@code java.time} values are ISO-8601 text.
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class Json {

    /** The deepest nesting of arrays and objects that is read. */
    public static final int MAX_DEPTH = 100;

    /** The longest string that is read, in chars. */
    public static final int MAX_STRING_LENGTH = 5 * 1024 * 1024;

    /** The longest member name that is read, in chars. */
    public static final int MAX_NAME_LENGTH = 50_000;

    /** The most characters that a number may have, as it is sent and as it would be written by this class. */
    public static final int MAX_NUMBER_LENGTH = 100;

    /** The largest power of ten, either way, by which a number may be scaled. */
    public static final int MAX_EXPONENT = 9_999;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_STRING_LENGTH)
                            .maxNameLength(MAX_NAME_LENGTH)
                            .maxNumberLength(MAX_NUMBER_LENGTH)
                            .build())
                    // Only UTF-8 is JSON here; guessing would let UTF-16 past checks that read bytes.
                    .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
                    .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                    .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                    .build())
            .annotationIntrospector(new RecordIntrospector())
            .addModule(new SimpleModule().addSerializer(new WritableSerializer()))
            .injectableValues(new DefaultValues())
            .nodeFactory(new BoundedNumbers())
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                    DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            // A number is no text, and no text stands for nothing.
            .withCoercionConfig(
                    LogicalType.Textual,
                    coercion -> coercion.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .withCoercionConfigDefaults(
                    coercion -> coercion.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .enable(JsonNodeFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .disable(DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS, MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    /** The tree builder finds a repeated member by itself, at no cost; the stream's check would keep a set per object. */
    private static final ObjectReader TREES = MAPPER.readerFor(JsonNode.class)
            .without(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    /** The shared mapper: immutable, so {@code rebuild()} makes another one. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /** A new, empty object. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /**
     * Reads exactly one JSON value.
     *
     * @throws MalformedJson if the bytes are anything else, or larger than the limits of this class
     */
    public static JsonNode parse(byte[] utf8, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, utf8.length);
        int fault = Utf8.firstFault(utf8, offset, length);
        if (fault >= 0) {
            throw MalformedJson.atByte(utf8, offset, fault);
        }
        try (JsonParser parser = TREES.createParser(utf8, offset, length)) {
            try {
                if (parser.nextToken() == null) {
                    throw new MalformedJson("there is no value", 1, 1);
                }
                JsonNode value = TREES.readTree(parser);
                if (parser.nextToken() != null) {
                    throw MalformedJson.at(parser.currentTokenLocation(), "there is more after the end of the value");
                }
                return value;
            } catch (
                    NumberFormatException e) { // an exponent that no BigDecimal can have, before BoundedNumbers sees it
                throw MalformedJson.at(parser.currentTokenLocation(), BoundedNumbers.EXPONENT);
            } catch (BoundedNumbers.TooLarge e) {
                throw MalformedJson.at(parser.currentTokenLocation(), String.valueOf(e.getMessage()));
            } catch (JacksonException e) {
                TokenStreamLocation at = e.getLocation();
                throw MalformedJson.at(at == null ? parser.currentLocation() : at, MalformedJson.reason(e));
            }
        }
    }

    /** {@link #parse(byte[], int, int)} of a whole array. */
    public static JsonNode parse(byte[] utf8) {
        return parse(utf8, 0, utf8.length);
    }

    /** {@link #parse(byte[], int, int)} of a text. */
    public static JsonNode parse(String json) {
        return parse(json.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Binds a tree to a Java type. A number without a fraction is an integer, however it is written.
     *
     * @throws MismatchedJson if the value does not fit, naming the member
     */
    public static <T> T read(JsonNode value, Class<T> type) {
        return new JsonBinding<T>(MAPPER.constructType(type)).read(value);
    }

    /** Binds trees to a Java type, which may be generic: for whoever does so more than once. */
    public static JsonBinding<Object> binding(Type type) {
        return new JsonBinding<>(MAPPER.constructType(type));
    }

    /** The tree of a Java value; a tree itself is returned as it is. */
    public static JsonNode tree(Object value) {
        return value instanceof JsonNode node ? node : MAPPER.valueToTree(value);
    }

    /**
     * Writes a value as UTF-8 without white space: a tree, a {@link JsonWritable} or anything that has a JSON form. The
     * stream is neither flushed nor closed.
     */
    public static void write(Object value, OutputStream out) {
        try (JsonGenerator generator = generator(out)) {
            if (value instanceof JsonWritable writable) {
                writable.writeTo(generator);
            } else {
                MAPPER.writeValue(generator, value);
            }
        }
    }

    /** A generator that writes to a stream. Its owner closes it, which neither flushes nor closes the stream. */
    public static JsonGenerator generator(OutputStream out) {
        return MAPPER.createGenerator(out);
    }

    /** The bytes that {@link #write} writes. */
    public static byte[] bytes(Object value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(value, out);
        return out.toByteArray();
    }
}
