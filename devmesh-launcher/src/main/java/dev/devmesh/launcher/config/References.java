package dev.devmesh.launcher.config;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * {@code ${NAME}} and {@code ${NAME:-default}} within the values of a file. {@code $${} stands for a literal
 * {@code ${}. As in a shell, the default also replaces a variable that is set to nothing.
 */
final class References {

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private References() {}

    /** The text with every reference replaced. What a variable holds is not looked at again. */
    static String resolve(String text, Map<String, String> environment) throws BadValue {
        if (!text.contains("${")) {
            return text;
        }
        StringBuilder result = new StringBuilder();
        int at = 0;
        while (true) {
            int start = text.indexOf("${", at);
            if (start < 0) {
                return result.append(text, at, text.length()).toString();
            }
            if (start > at && text.charAt(start - 1) == '$') {
                result.append(text, at, start - 1).append("${");
                at = start + 2;
                continue;
            }
            int end = text.indexOf('}', start);
            if (end < 0) {
                throw new BadValue("has a ${ without its }; write $${ for the characters themselves");
            }
            result.append(text, at, start).append(value(text.substring(start + 2, end), environment));
            at = end + 1;
        }
    }

    private static String value(String reference, Map<String, String> environment) throws BadValue {
        int split = reference.indexOf(":-");
        String name = split < 0 ? reference : reference.substring(0, split);
        if (!NAME.matcher(name).matches() || reference.contains("${")) {
            throw new BadValue("has a reference that cannot be read; write ${NAME} or ${NAME:-default}");
        }
        String value = environment.get(name);
        if (split >= 0) {
            return value == null || value.isEmpty() ? reference.substring(split + 2) : value;
        }
        if (value == null) {
            throw new BadValue("${" + name + "} is not set; export it or write ${" + name + ":-default}");
        }
        return value;
    }
}
