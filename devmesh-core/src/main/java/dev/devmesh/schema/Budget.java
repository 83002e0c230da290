package dev.devmesh.schema;

import com.networknt.schema.CollectorContext;
import com.networknt.schema.ExecutionContext;
import tools.jackson.databind.JsonNode;

/**
 * What checking one value may still cost, in steps of about 100 ns.
 *
 * <p>It rides along in the validator's context, where {@link MeteredKeyword} takes from it. Confined to one validation.
 */
final class Budget extends CollectorContext {

    /** What any value may cost. */
    static final long LEAST = 250_000;

    /** What each value within the value adds. */
    static final long PER_VALUE = 100;

    /** What each char of texts and member names adds. */
    static final long PER_CHAR = 4;

    private final long total;
    private long left;

    private Budget(long total) {
        this.total = total;
        this.left = total;
    }

    static Budget of(JsonNode value) {
        return new Budget(Math.min(JsonSchema.MAX_STEPS, LEAST + allowance(value)));
    }

    static Budget of(ExecutionContext context) {
        return (Budget) context.getCollectorContext();
    }

    private static long allowance(JsonNode value) {
        long sum = PER_VALUE;
        if (value.isString()) {
            sum += PER_CHAR * value.stringValue().length();
        } else if (value.isObject()) {
            for (var member : value.properties()) {
                sum += PER_CHAR * member.getKey().length() + allowance(member.getValue());
            }
        } else {
            for (JsonNode element : value) {
                sum += allowance(element);
            }
        }
        return sum;
    }

    long total() {
        return total;
    }

    /** @throws Spent if less than this is left */
    void spend(long steps) {
        left -= steps;
        if (left < 0) {
            throw Spent.INSTANCE;
        }
    }

    /** Ends a validation from wherever it is; without a stack trace, as it is expected and always the same. */
    static final class Spent extends RuntimeException {

        private static final long serialVersionUID = 1L;

        static final Spent INSTANCE = new Spent();

        private Spent() {
            super("the budget is spent", null, false, false);
        }
    }
}
