package dev.devmesh.schema;

import com.networknt.schema.Error;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaContext;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.annotation.Annotation;
import com.networknt.schema.keyword.Keyword;
import com.networknt.schema.keyword.KeywordValidator;
import com.networknt.schema.path.NodePath;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A keyword that pays from the {@link Budget} for what it is about to do.
 *
 * <p>The validator itself counts keywords and subschemas, whatever they cost. That leaves what grows inside one keyword:
 * texts to match, members to look up, values to compare, annotations to search. All prices are upper bounds.
 */
record MeteredKeyword(Keyword keyword) implements Keyword {

    /** Looking something up, comparing two small values or copying a reference: so many for one step. */
    private static final int LOOKUPS = 8;

    @Override
    public String getValue() {
        return keyword.getValue();
    }

    @Override
    public @Nullable KeywordValidator newValidator(
            SchemaLocation location, JsonNode rule, Schema parent, SchemaContext context) throws Exception {
        KeywordValidator validator = keyword.newValidator(location, rule, parent, context);
        return validator == null ? null : new Metered(validator, rule, parent.getSchemaNode());
    }

    private static final class Metered implements KeywordValidator {

        private final KeywordValidator validator;
        private final long weight;
        private final long width;
        private final long priceOfErrors;

        Metered(KeywordValidator validator, JsonNode rule, JsonNode parent) {
            this.validator = validator;
            this.weight = Canonical.weight(rule);
            this.width = width(validator.getKeyword(), rule, parent);
            this.priceOfErrors = priceOfErrors(validator.getKeyword(), rule);
        }

        /** Two keywords write their whole rule into each error. */
        private static long priceOfErrors(String keyword, JsonNode rule) {
            return switch (keyword) {
                case "not", "contains" -> rule.toString().length() / 4;
                default -> 0;
            };
        }

        private static long width(String keyword, JsonNode rule, JsonNode parent) {
            return switch (keyword) {
                case "pattern" -> LinearPattern.width(rule.asString(""));
                case "patternProperties", "additionalProperties" -> {
                    long sum = 0;
                    for (String expression : parent.path("patternProperties").propertyNames()) {
                        sum += LinearPattern.width(expression);
                    }
                    yield sum;
                }
                default -> 0;
            };
        }

        @Override
        public void validate(ExecutionContext context, JsonNode value, JsonNode root, NodePath location) {
            Budget budget = Budget.of(context);
            budget.spend(price(context, value) + annotations(context, location));
            List<Error> errors = context.getErrors();
            if (errors instanceof FirstErrors || errors instanceof BranchErrors) {
                validate(context, value, root, location, errors, budget);
            } else {
                BranchErrors branch = new BranchErrors(errors, budget);
                context.setErrors(branch);
                validate(context, value, root, location, branch, budget);
                context.setErrors(errors);
            }
        }

        private void validate(
                ExecutionContext context,
                JsonNode value,
                JsonNode root,
                NodePath location,
                List<Error> errors,
                Budget budget) {
            long before = seen(errors);
            validator.validate(context, value, root, location);
            if (seen(errors) > before) {
                budget.spend(priceOfErrors);
            }
        }

        private static long seen(List<Error> errors) {
            return errors instanceof BranchErrors branch ? branch.seen() : errors.size();
        }

        private long price(ExecutionContext context, JsonNode value) {
            return switch (validator.getKeyword()) {
                case "properties", "required", "dependentRequired" -> value.isObject() ? weight / LOOKUPS : 0;
                case "dependentSchemas" -> value.size() / LOOKUPS;
                case "patternProperties" -> names(value);
                case "additionalProperties" ->
                    names(value) + (context.isUnevaluatedPropertiesPresent() ? 4L : 1L) * value.size() / 2;
                case "unevaluatedProperties", "unevaluatedItems" -> value.size() / 2;
                case "pattern" -> value.isString() ? match(value.stringValue()) : 0;
                case "minLength", "maxLength" ->
                    value.isString() ? value.stringValue().length() / 64 : 0;
                case "const" -> weight / LOOKUPS;
                case "enum", "uniqueItems" -> 4 * Canonical.weight(value);
                case "$dynamicRef" -> context.getEvaluationSchema().size() / LOOKUPS;
                default -> 0;
            };
        }

        /** What all names of an object cost to match against all patterns. */
        private long names(JsonNode value) {
            long sum = 0;
            if (width > 0) {
                for (String name : value.propertyNames()) {
                    sum += match(name);
                }
            }
            return sum;
        }

        private long match(String text) {
            return width * (text.length() + 1L) / LOOKUPS;
        }

        /** With an unevaluated keyword above, annotations of the same value are searched again and again. */
        private long annotations(ExecutionContext context, NodePath location) {
            if (!context.isUnevaluatedPropertiesPresent() && !context.isUnevaluatedItemsPresent()) {
                return 0;
            }
            List<Annotation> known = context.getAnnotations().asMap().getOrDefault(location, List.of());
            long sum = (long) known.size()
                    * (LOOKUPS + context.getEvaluationSchema().size())
                    / LOOKUPS
                    / LOOKUPS;
            if (validator.getKeyword().startsWith("unevaluated")) {
                for (Annotation annotation : known) {
                    sum += annotation.getValue() instanceof Collection<?> members ? members.size() / LOOKUPS : 0;
                }
            }
            return sum;
        }

        @Override
        public void preloadSchema() {
            validator.preloadSchema();
        }

        @Override
        public String getKeyword() {
            return validator.getKeyword();
        }

        @Override
        public SchemaLocation getSchemaLocation() {
            return validator.getSchemaLocation();
        }

        @Override
        public void walk(ExecutionContext context, JsonNode value, JsonNode root, NodePath location, boolean validate) {
            validator.walk(context, value, root, location, validate);
        }
    }
}
