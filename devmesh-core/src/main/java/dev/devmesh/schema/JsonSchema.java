package dev.devmesh.schema;

import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.ValidationLimitExceededException;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.DialectId;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.Keyword;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonForm;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.json.MalformedJson;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON Schema (2020-12), compiled once and ready to validate.
 *
 * <p>It comes from a Java type, as {@link JsonForm} describes, or from someone else, and is then kept as it is. Formats
 * are checked in the first case; in the second they are annotations, as 2020-12 has it. Nothing is ever fetched.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class JsonSchema implements JsonWritable {

    /** The most levels that the JSON text of a schema may nest. */
    public static final int MAX_DEPTH = 64;

    /** The most subschemas that a schema may hold. */
    public static final int MAX_SUBSCHEMAS = 5_000;

    /** The most JSON values that the references of a schema may lead to, each reference counted by itself. */
    public static final int MAX_REFERRED = 100_000;

    /** The most bytes that a schema may have as UTF-8 JSON text without white space. */
    public static final int MAX_BYTES = 256 * 1024;

    /** The most violations that {@link #validate} reports. */
    public static final int MAX_VIOLATIONS = 10;

    /**
     * The most steps that checking any value may take, about 100 ns each. A value may take 250,000, and 100 for each
     * value within it, and 4 for each character of its texts and names, but never more than this.
     */
    public static final int MAX_STEPS = 30_000_000;

    /** The deepest recursion of schemas into each other for one value. */
    public static final int MAX_RECURSION = 400;

    private static final String META_SCHEMAS = "https://json-schema.org/draft/2020-12/";

    /** The meta-schemas of 2020-12, which come with the validator and may be referred to. */
    static final Set<String> KNOWN = Stream.of(
                    "schema",
                    "meta/core",
                    "meta/applicator",
                    "meta/unevaluated",
                    "meta/validation",
                    "meta/meta-data",
                    "meta/format-annotation",
                    "meta/content")
            .map(META_SCHEMAS::concat)
            .collect(Collectors.toUnmodifiableSet());

    private static final Dialect DIALECT = dialect();

    private static final Schema META_SCHEMA = metaSchema();

    private static final JsonSchema EMPTY =
            generated(Json.object().put("type", "object").put("additionalProperties", false));

    private static final Violation TOO_LARGE =
            new Violation("", "the value is too large or too deep to be checked against its schema; send less");

    private final ObjectNode json;
    private final List<HeaderMember> headers;
    private final Schema compiled;
    private final boolean formats;

    private JsonSchema(ObjectNode json, List<HeaderMember> headers, Schema compiled, boolean formats) {
        this.json = json;
        this.headers = headers;
        this.compiled = compiled;
        this.formats = formats;
    }

    /**
     * The schema of a Java type.
     *
     * @throws InvalidSchema if a part of the type has no JSON form; the message names the path to it
     */
    public static JsonSchema of(Class<?> type) {
        return of((Type) type);
    }

    /**
     * The schema of a Java type, which may be generic such as {@code List<String>}.
     *
     * @throws InvalidSchema if a part of the type has no JSON form; the message names the path to it
     */
    public static JsonSchema of(Type type) {
        SchemaGenerator generator = new SchemaGenerator();
        JsonSchema schema = generated(generator.generate(type));
        for (SchemaGenerator.PendingDefault pending : generator.defaults()) {
            ObjectNode alone = pending.schema();
            alone.remove(SchemaRules.HEADER);
            alone.set("$defs", generator.definitions());
            for (Violation violation : generated(alone).validate(pending.value())) {
                throw new InvalidSchema(pending.path() + ": its @Default does not fit: " + violation.message() + ".");
            }
        }
        return schema;
    }

    /** The schema of a value without members: an object that has none. */
    public static JsonSchema empty() {
        return EMPTY;
    }

    /**
     * A schema that someone else wrote, kept as it is.
     *
     * @throws InvalidSchema if it is not an object, not a schema of 2020-12, refers to something outside itself, is
     *     larger than the bounds of this class, has a pattern that cannot run in linear time or marks a header
     *     ({@code x-mcp-header}) where MCP does not allow it
     */
    public static JsonSchema parse(JsonNode schema) {
        if (!(schema instanceof ObjectNode object)) {
            throw new InvalidSchema("A schema must be a JSON object, is " + JsonForm.brief(schema) + ".");
        }
        List<HeaderMember> headers = SchemaRules.check(object);
        ObjectNode copy = object.deepCopy();
        for (Violation violation : violations(META_SCHEMA, META_SCHEMA.getSchemaNode(), copy, false)) {
            throw new InvalidSchema("This is not a schema of 2020-12: " + violation.message() + ".");
        }
        return new JsonSchema(copy, headers, compile(copy), false);
    }

    /**
     * A schema that someone else wrote, as JSON text.
     *
     * @throws InvalidSchema as {@link #parse(JsonNode)}, and if the text is not JSON
     */
    public static JsonSchema parse(String schema) {
        try {
            return parse(Json.parse(schema));
        } catch (MalformedJson e) {
            throw new InvalidSchema("A schema must be JSON. " + e.getMessage());
        }
    }

    private static JsonSchema generated(ObjectNode schema) {
        return new JsonSchema(schema, SchemaRules.check(schema), compile(schema), true);
    }

    private static Schema compile(ObjectNode schema) {
        try {
            // A registry of its own: a shared one would let two schemas of the same $id stand in for each other.
            Schema compiled = registry().getSchema(schema);
            compiled.initializeValidators();
            return compiled;
        } catch (SchemaException e) {
            if (e.getCause() instanceof InvalidSchema pattern) {
                // One that only a reference leads to, which SchemaRules does not see.
                throw new InvalidSchema("The schema " + pattern.getMessage() + ".");
            }
            throw new InvalidSchema("The schema cannot be compiled: " + e.getMessage());
        }
    }

    private static Schema metaSchema() {
        Schema schema = registry().getSchema(SchemaLocation.of(DialectId.DRAFT_2020_12));
        schema.initializeValidators();
        return schema;
    }

    private static SchemaRegistry registry() {
        return SchemaRegistry.withDialect(
                DIALECT,
                builder -> builder.schemaLoader(loader -> loader.allow(iri -> KNOWN.contains(iri.toString())))
                        .schemaRegistryConfig(SchemaRegistryConfig.builder()
                                .losslessNarrowing(true)
                                .locale(Locale.ROOT)
                                .regularExpressionFactory(LinearPattern::compile)
                                // A relative $id is one: SchemaRules has seen that it is a URI reference.
                                .schemaIdValidator((id, root, location, resolved, context) -> true)
                                .build()));
    }

    private static Dialect dialect() {
        Dialect.Builder dialect = Dialect.builder(Dialects.getDraft202012())
                .format(new JavaDuration())
                // The default remembers each name that any schema ever had, and logs it.
                .unknownKeywordFactory((name, context) -> null);
        for (Keyword keyword : Dialects.getDraft202012().getKeywords().values()) {
            // What "format" costs is bounded, and the library lets nothing stand in for it.
            if (!keyword.getValue().equals("format")) {
                dialect.keyword(new MeteredKeyword(keyword));
            }
        }
        for (Keyword keyword : Check.all()) {
            dialect.keyword(new MeteredKeyword(keyword));
        }
        return dialect.build();
    }

    /** The schema as JSON; a copy that the caller may change. */
    public ObjectNode json() {
        return json.deepCopy();
    }

    @Override
    public void writeTo(JsonGenerator out) {
        out.writeTree(json);
    }

    /** This schema with its formats checked, wherever it comes from. */
    public JsonSchema checkingFormats() {
        return new JsonSchema(json, headers, compiled, true);
    }

    /** The members that clients repeat as HTTP headers ({@code x-mcp-header}), in the order of the schema. */
    public List<HeaderMember> headers() {
        return headers;
    }

    /**
     * What is wrong with a value, missing and unknown members first; empty when it fits. At most
     * {@link #MAX_VIOLATIONS}. A value that takes more steps than {@link #MAX_STEPS} allows or goes deeper than
     * {@link #MAX_RECURSION} is refused with one violation that says so.
     */
    public List<Violation> validate(JsonNode value) {
        return violations(compiled, json, value, formats);
    }

    private static List<Violation> violations(Schema compiled, JsonNode schema, JsonNode value, boolean formats) {
        Budget budget = Budget.of(value);
        FirstErrors errors = new FirstErrors();
        ExecutionConfig limits = ExecutionConfig.builder()
                .maxEvaluationSteps(budget.total())
                .maxEvaluationDepth(MAX_RECURSION)
                .formatAssertionsEnabled(formats)
                .build();
        try {
            compiled.validate(value, (ExecutionContext context) -> {
                context.setExecutionConfig(limits);
                context.setCollectorContext(budget);
                context.setErrors(errors);
            });
        } catch (FirstErrors.Enough e) {
            // Those that are known are told.
        } catch (Budget.Spent | ValidationLimitExceededException e) {
            return List.of(TOO_LARGE);
        }
        return Sentences.of(errors, schema, value);
    }

    /** The schema as JSON text. */
    @Override
    public String toString() {
        return json.toString();
    }
}
