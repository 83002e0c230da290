package dev.devmesh.json;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ValueNode;

/** Builds trees whose numbers keep every digit but cannot be short to write and huge to compute with. */
final class BoundedNumbers extends JsonNodeFactory {

    private static final long serialVersionUID = 1L;

    /** Carries no location: the reader adds it. */
    static final class ExponentTooLarge extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ExponentTooLarge() {
            super(null, null, false, false);
        }
    }

    @Override
    public ValueNode numberNode(@Nullable BigDecimal number) {
        if (number != null && Math.abs((long) number.scale()) > Json.MAX_EXPONENT) {
            throw new ExponentTooLarge();
        }
        return super.numberNode(number);
    }
}
