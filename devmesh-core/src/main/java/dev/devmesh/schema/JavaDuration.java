package dev.devmesh.schema;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.format.Format;
import java.util.regex.Pattern;

/**
 * The format {@code duration} as Java writes it: RFC 3339 knows neither fractions nor signs, so {@code PT0.5S}, which
 * is half a second in ISO-8601 and in {@code java.time}, would be refused.
 */
final class JavaDuration implements Format {

    private static final String NUMBER = "[-+]?[0-9]{1,18}";
    private static final Pattern ISO_8601 = Pattern.compile("[-+]?P(?=.)(" + NUMBER + "Y)?(" + NUMBER + "M)?(" + NUMBER
            + "W)?(" + NUMBER + "D)?(T(?=.)(" + NUMBER + "H)?(" + NUMBER + "M)?(" + NUMBER + "([.,][0-9]{1,9})?S)?)?");

    @Override
    public String getName() {
        return "duration";
    }

    @Override
    public boolean matches(ExecutionContext context, String value) {
        return ISO_8601.matcher(value).matches();
    }
}
