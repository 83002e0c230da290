package dev.devmesh.json;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ValueNode;

/**
 * Builds trees whose numbers keep every digit but cannot be short to write and huge to compute with, nor be read here and be too
 * long to be read again.
 */
final class BoundedNumbers extends JsonNodeFactory {

    private static final long serialVersionUID = 1L;

    /** What is wrong with a number that is scaled too far, as a clause. */
    static final String EXPONENT = "a number has an exponent above " + Json.MAX_EXPONENT;

    /** Below it the digits, with sign, point and exponent, cannot make a number too long. */
    private static final int CERTAINLY_SHORT = Json.MAX_NUMBER_LENGTH - 10;

    /** Carries no location: the reader adds it. */
    static final class TooLarge extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** The reason, as a clause. */
        TooLarge(String reason) {
            super(reason, null, false, false);
        }
    }

    @Override
    public ValueNode numberNode(@Nullable BigDecimal number) {
        if (number != null && Math.abs((long) number.scale()) > Json.MAX_EXPONENT) {
            throw new TooLarge(EXPONENT);
        }
        // It is written with one digit before the point and a signed exponent, which may take more characters than it
        // came with.
        if (number != null
                && number.precision() > CERTAINLY_SHORT
                && number.toString().length() > Json.MAX_NUMBER_LENGTH) {
            throw new TooLarge("a number has more than " + Json.MAX_NUMBER_LENGTH + " characters when it is written");
        }
        return super.numberNode(number);
    }
}
