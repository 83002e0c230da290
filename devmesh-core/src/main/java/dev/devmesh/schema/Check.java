package dev.devmesh.schema;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaContext;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.keyword.BaseKeywordValidator;
import com.networknt.schema.keyword.Keyword;
import com.networknt.schema.keyword.KeywordType;
import com.networknt.schema.keyword.KeywordValidator;
import com.networknt.schema.path.NodePath;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * A keyword that DevMesh checks itself, where the library takes time that is quadratic in hostile values or fails on
 * numbers beyond 64 bits.
 *
 * @param type which keyword it is
 * @param compile makes the check of a value from the keyword's rule
 */
record Check(KeywordType type, Function<JsonNode, Predicate<JsonNode>> compile) implements Keyword {

    static List<Keyword> all() {
        return List.of(
                new Check(KeywordType.ENUM, Check::choice),
                new Check(KeywordType.UNIQUE_ITEMS, Check::distinct),
                new Check(KeywordType.MINIMUM, rule -> bound(rule, order -> order >= 0)),
                new Check(KeywordType.MAXIMUM, rule -> bound(rule, order -> order <= 0)),
                new Check(KeywordType.EXCLUSIVE_MINIMUM, rule -> bound(rule, order -> order > 0)),
                new Check(KeywordType.EXCLUSIVE_MAXIMUM, rule -> bound(rule, order -> order < 0)));
    }

    private static Predicate<JsonNode> choice(JsonNode rule) {
        Set<String> values = new HashSet<>();
        rule.forEach(value -> values.add(Canonical.text(value)));
        return value -> values.contains(Canonical.text(value));
    }

    private static Predicate<JsonNode> distinct(JsonNode rule) {
        boolean required = rule.asBoolean(false);
        return value -> {
            if (!required || !value.isArray()) {
                return true;
            }
            Set<String> seen = new HashSet<>();
            for (JsonNode element : value) {
                if (!seen.add(Canonical.text(element))) {
                    return false;
                }
            }
            return true;
        };
    }

    /** @param allowed of how a value compares to the bound; what is no finite number fits no bound */
    private static Predicate<JsonNode> bound(JsonNode rule, IntPredicate allowed) {
        BigDecimal bound = rule.decimalValue();
        return value -> !value.isNumber()
                || Canonical.isFinite(value)
                        && allowed.test(value.decimalValue().compareTo(bound));
    }

    @Override
    public String getValue() {
        return type.getValue();
    }

    @Override
    public KeywordValidator newValidator(SchemaLocation location, JsonNode rule, Schema parent, SchemaContext context) {
        return new Validator(type, location, rule, parent, context, compile.apply(rule));
    }

    private static final class Validator extends BaseKeywordValidator {

        private final Predicate<JsonNode> fits;

        Validator(
                KeywordType type,
                SchemaLocation location,
                JsonNode rule,
                Schema parent,
                SchemaContext context,
                Predicate<JsonNode> fits) {
            super(type, rule, location, parent, context);
            this.fits = fits;
        }

        @Override
        public void validate(ExecutionContext context, JsonNode value, JsonNode root, NodePath location) {
            if (!fits.test(value)) {
                context.addError(error().instanceNode(value)
                        .instanceLocation(location)
                        .evaluationPath(context.getEvaluationPath())
                        .build());
            }
        }
    }
}
