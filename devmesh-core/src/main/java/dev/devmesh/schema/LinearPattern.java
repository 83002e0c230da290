package dev.devmesh.schema;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.regex.RegularExpression;
import java.util.ArrayDeque;
import java.util.Deque;

/** Regular expressions of schemas, which strangers write, in time linear in the text and with bounded memory. */
final class LinearPattern {

    /** The longest expression taken, in chars. */
    static final int MAX_LENGTH = 4_096;

    /** The most single steps, counted repetitions written out, that an expression may have. */
    static final int MAX_STEPS = 10_000;

    private LinearPattern() {}

    /** @throws InvalidSchema with a sentence that does not say where, for the caller to put behind the place */
    static RegularExpression compile(String expression) {
        if (expression.length() > MAX_LENGTH) {
            throw new InvalidSchema("has a pattern of more than " + MAX_LENGTH + " characters; shorten it");
        }
        // RE2 writes repetitions out before it counts them, so nested ones must be counted first.
        if (steps(expression) > MAX_STEPS) {
            throw new InvalidSchema(
                    "has a pattern whose repetitions amount to more than " + MAX_STEPS + " steps; use smaller counts");
        }
        Pattern pattern;
        try {
            pattern = Pattern.compile(javaScriptEscapes(expression));
        } catch (PatternSyntaxException e) {
            throw new InvalidSchema("has a pattern that cannot run in linear time or is no regular expression: "
                    + e.getDescription() + "; look-around and back-references are not supported");
        }
        return text -> pattern.matcher(text).find();
    }

    /**
     * An upper bound of the places in an expression that a match can have reached at once; a match costs this for each
     * char of the text.
     */
    static long width(String expression) {
        boolean anchored = expression.startsWith("^");
        return anchored && expression.chars().noneMatch(c -> c == '(' || c == '|')
                ? widthOfSequence(expression)
                : 1 + steps(expression);
    }

    /**
     * Anchored, and no groups: after n chars, a place in an atom's repetitions is reached only if what is before it can
     * have matched the rest of them, so texts of a length from {@code low} to {@code high}.
     */
    private static long widthOfSequence(String expression) {
        long width = 1;
        long low = 0;
        long high = 0;
        int i = 1;
        while (i < expression.length()) {
            char c = expression.charAt(i);
            i = 1 + (c == '[' ? endOfClass(expression, i) : c == '\\' ? i + 1 : i);
            long least = 1;
            long most = 1;
            while (i < expression.length() && "*+?{".indexOf(expression.charAt(i)) >= 0) {
                switch (expression.charAt(i)) {
                    case '*' -> {
                        least = 0;
                        most = MAX_LENGTH;
                    }
                    case '+' -> most = MAX_LENGTH;
                    case '?' -> least = 0;
                    default -> {
                        int end = expression.indexOf('}', i);
                        String counts = end < 0 ? "" : expression.substring(i + 1, end);
                        least = counts.contains(",") ? 0 : times(counts);
                        most = counts.endsWith(",") ? MAX_LENGTH : Math.max(most, times(counts));
                        i = end < 0 ? i : end;
                    }
                }
                i++;
            }
            width += Math.min(most, high - low + 1);
            low += least;
            high += most;
        }
        return width;
    }

    /** RE2 writes {@code \x{0041}} for JavaScript's {@code \u0041}. */
    private static String javaScriptEscapes(String expression) {
        StringBuilder out = new StringBuilder(expression.length());
        for (int i = 0; i < expression.length(); i++) {
            char c = expression.charAt(i);
            if (c == '\\' && i + 1 < expression.length()) {
                char escaped = expression.charAt(++i);
                if (escaped == 'u' && i + 4 < expression.length()) {
                    out.append("\\x{").append(expression, i + 1, i + 5).append('}');
                    i += 4;
                } else {
                    out.append(c).append(escaped);
                }
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static long steps(String expression) {
        Deque<Long> groups = new ArrayDeque<>();
        long total = 0;
        long atom = 0;
        int i = 0;
        while (i < expression.length()) {
            char c = expression.charAt(i);
            switch (c) {
                case '(' -> {
                    groups.push(total);
                    total = 0;
                    atom = 0;
                }
                case ')' -> {
                    atom = Math.max(1, total);
                    total = atom + (groups.isEmpty() ? 0 : groups.pop());
                }
                case '{' -> {
                    int end = expression.indexOf('}', i);
                    long times = end < 0 ? 1 : times(expression.substring(i + 1, end));
                    total = Math.min(Integer.MAX_VALUE, total - atom + atom * times);
                    atom = Math.min(Integer.MAX_VALUE, atom * times);
                    i = end < 0 ? i : end;
                }
                case '[' -> {
                    i = endOfClass(expression, i);
                    atom = 1;
                    total++;
                }
                case '\\' -> {
                    i++;
                    atom = 1;
                    total++;
                }
                case '*', '+', '?', '|' -> total++;
                default -> {
                    atom = 1;
                    total++;
                }
            }
            i++;
        }
        return total;
    }

    private static int endOfClass(String expression, int start) {
        int i = start + 1;
        if (i < expression.length() && expression.charAt(i) == '^') {
            i++;
        }
        if (i < expression.length() && expression.charAt(i) == ']') {
            i++;
        }
        while (i < expression.length() && expression.charAt(i) != ']') {
            i += expression.charAt(i) == '\\' ? 2 : 1;
        }
        return i;
    }

    /** The larger count of {@code m}, {@code m,} or {@code m,n}; 1 for anything that is no count. */
    private static long times(String counts) {
        long most = 1;
        for (String count : counts.split(",", 2)) {
            if (count.isEmpty() || count.length() > 9 || !count.chars().allMatch(Character::isDigit)) {
                continue;
            }
            most = Math.max(most, Long.parseLong(count));
        }
        return most;
    }
}
