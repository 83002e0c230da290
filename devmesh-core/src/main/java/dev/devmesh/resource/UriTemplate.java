package dev.devmesh.resource;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An address with gaps: RFC 6570 up to level 3, both ways.
 *
 * <p>{@link #expand} fills the gaps as the RFC says. {@link #match} finds what fills them in an address, in time linear in its
 * length. Matching holds on to this:
 *
 * <ul>
 *   <li>Every variable has a value of at least one character, but those behind {@code ?}, {@code &} and {@code ;}, which may be
 *       missing or empty.
 *   <li>Values are decoded. Where an address can be read in several ways, an earlier variable takes as much as it can.
 *   <li>No value breaks out of its place: the value of a variable without {@code +} or {@code #} never holds {@code /} or
 *       {@code \}, encoded or not, and no value holds a control character or a segment {@code .} or {@code ..}. An address
 *       with such a value does not match.
 * </ul>
 *
 * <p>Immutable.
 */
public final class UriTemplate {

    /** The operators of RFC 6570, appendix A. */
    private enum Operator {
        SIMPLE("", ",", false, "", false),
        RESERVED("", ",", false, "", true),
        FRAGMENT("#", ",", false, "", true),
        LABEL(".", ".", false, "", false),
        PATH("/", "/", false, "", false),
        PARAMETER(";", ";", true, "", false),
        QUERY("?", "&", true, "=", false),
        QUERY_MORE("&", "&", true, "=", false);

        final String first;
        final String separator;
        final boolean named;
        final String ifEmpty;
        final boolean keepsReserved;

        Operator(String first, String separator, boolean named, String ifEmpty, boolean keepsReserved) {
            this.first = first;
            this.separator = separator;
            this.named = named;
            this.ifEmpty = ifEmpty;
            this.keepsReserved = keepsReserved;
        }

        static Optional<Operator> of(char c) {
            return switch (c) {
                case '+' -> Optional.of(RESERVED);
                case '#' -> Optional.of(FRAGMENT);
                case '.' -> Optional.of(LABEL);
                case '/' -> Optional.of(PATH);
                case ';' -> Optional.of(PARAMETER);
                case '?' -> Optional.of(QUERY);
                case '&' -> Optional.of(QUERY_MORE);
                default -> Optional.empty();
            };
        }
    }

    /** A literal, or an expression with its variables. */
    private record Part(String literal, Operator operator, List<String> variables) {

        boolean isExpression() {
            return !variables.isEmpty();
        }
    }

    /** A variable in the order of the pattern's groups: its own, and that of the separator before it, or 0. */
    private record Gap(String variable, Operator operator, int group, int separatorGroup, boolean first) {}

    private static final String TRIPLET = "%[0-9A-F][0-9A-F]";
    private static final String UNRESERVED = "(?:[A-Za-z0-9\\-._~]|" + TRIPLET + ")";
    private static final String ANY = "(?:[A-Za-z0-9\\-._~:/?#\\[\\]@!$&'()*+,;=]|" + TRIPLET + ")";

    private final String text;
    private final List<Part> parts;
    private final Set<String> variables;
    private final Pattern pattern;
    private final List<Gap> gaps;

    private UriTemplate(String text, List<Part> parts) {
        this.text = text;
        this.parts = parts;
        Set<String> names = new LinkedHashSet<>();
        parts.forEach(part -> names.addAll(part.variables));
        this.variables = Collections.unmodifiableSet(names);
        this.gaps = new ArrayList<>();
        this.pattern = Pattern.compile(regex());
    }

    /**
     * Reads a template.
     *
     * @throws IllegalArgumentException if it is none, is of level 4, or is longer than 2,048 characters
     */
    public static UriTemplate parse(String template) {
        if (template.length() > UriSyntax.MAX_LENGTH) {
            throw refused(template, "is longer than " + UriSyntax.MAX_LENGTH + " characters");
        }
        List<Part> parts = new ArrayList<>();
        int at = 0;
        while (at < template.length()) {
            int open = template.indexOf('{', at);
            int end = open < 0 ? template.length() : open;
            if (end > at) {
                parts.add(new Part(literal(template, at, end), Operator.RESERVED, List.of()));
            }
            if (open < 0) {
                break;
            }
            int close = template.indexOf('}', open);
            if (close < 0) {
                throw refused(template, "has a '{' that is never closed");
            }
            parts.add(expression(template, template.substring(open + 1, close)));
            at = close + 1;
        }
        return new UriTemplate(template, List.copyOf(parts));
    }

    private static String literal(String template, int from, int to) {
        String literal = template.substring(from, to);
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            if (c <= ' ' || c == 0x7f || "\"<>\\^`|}".indexOf(c) >= 0 || c == '%' && !UriSyntax.isTriplet(literal, i)) {
                throw refused(template, "holds '" + c + "', which must be percent-encoded outside of braces");
            }
        }
        return UriSyntax.upperCaseTriplets(UriSyntax.encode(literal, true));
    }

    private static Part expression(String template, String inside) {
        Optional<Operator> operator = inside.isEmpty() ? Optional.empty() : Operator.of(inside.charAt(0));
        List<String> names = new ArrayList<>();
        for (String name : inside.substring(operator.isPresent() ? 1 : 0).split(",", -1)) {
            if (!isVariable(name)) {
                boolean level4 = name.endsWith("*") || name.indexOf(':') > 0;
                throw refused(
                        template,
                        level4
                                ? "has '{" + inside + "}': ':' and '*' behind a variable are not supported"
                                : "has '{" + inside + "}', which is no expression of RFC 6570");
            }
            names.add(name);
        }
        return new Part("", operator.orElse(Operator.SIMPLE), List.copyOf(names));
    }

    private static boolean isVariable(String name) {
        boolean dotMayCome = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '.') {
                if (!dotMayCome) {
                    return false;
                }
                dotMayCome = false;
            } else if (UriSyntax.isLetter(c) || UriSyntax.isDigit(c) || c == '_') {
                dotMayCome = true;
            } else if (UriSyntax.isTriplet(name, i)) {
                dotMayCome = true;
                i += 2;
            } else {
                return false;
            }
        }
        return dotMayCome;
    }

    /** The template as it was given. */
    public String text() {
        return text;
    }

    /** The names of the variables, in the order in which they appear. */
    public Set<String> variables() {
        return variables;
    }

    /**
     * Fills the gaps. A variable without a value is left out.
     *
     * @param values by variable; what else is in it is ignored
     */
    public String expand(Map<String, String> values) {
        StringBuilder out = new StringBuilder();
        for (Part part : parts) {
            out.append(part.literal);
            Operator operator = part.operator;
            String before = operator.first;
            for (String variable : part.variables) {
                String value = values.get(variable);
                if (value == null) {
                    continue;
                }
                out.append(before);
                before = operator.separator;
                if (operator.named) {
                    out.append(variable).append(value.isEmpty() ? operator.ifEmpty : "=");
                }
                out.append(UriSyntax.encode(value, operator.keepsReserved));
            }
        }
        return out.toString();
    }

    /**
     * Finds what fills the gaps.
     *
     * @return the values by variable, in the order of the variables; empty if the address is not of this template
     */
    public Optional<Map<String, String>> match(String uri) {
        if (uri.length() > UriSyntax.MAX_LENGTH) {
            return Optional.empty();
        }
        Matcher matcher = pattern.matcher(UriSyntax.upperCaseTriplets(uri));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        Map<String, String> values = new LinkedHashMap<>();
        boolean begun = false;
        for (Gap gap : gaps) {
            begun &= !gap.first;
            if (gap.separatorGroup > 0) {
                String separator = matcher.group(gap.separatorGroup);
                if (separator == null) {
                    continue;
                }
                if (!separator.equals(begun ? gap.operator.separator : gap.operator.first)) {
                    return Optional.empty();
                }
                begun = true;
            }
            String raw = matcher.group(gap.group);
            Optional<String> value = UriSyntax.decode(raw == null ? "" : raw);
            if (value.isEmpty() || !staysInPlace(value.get(), gap.operator.keepsReserved)) {
                return Optional.empty();
            }
            String before = values.put(gap.variable, value.get());
            if (before != null && !before.equals(value.get())) {
                return Optional.empty();
            }
        }
        return Optional.of(Collections.unmodifiableMap(values));
    }

    /**
     * Checks that no address could be read in two ways that both make sense.
     *
     * @throws IllegalArgumentException if two variables follow each other with nothing between that tells them apart
     */
    void requireUnambiguous() {
        for (int i = 1; i < parts.size(); i++) {
            Part before = parts.get(i - 1);
            Part part = parts.get(i);
            // an address has one '#' at most, so a fragment begins in one place only
            boolean swallows = before.operator.keepsReserved && part.operator != Operator.FRAGMENT;
            if (before.isExpression() && part.isExpression() && (part.operator.first.isEmpty() || swallows)) {
                throw refused(
                        text,
                        "is ambiguous: nothing tells where '" + before.variables.get(before.variables.size() - 1)
                                + "' ends and '" + part.variables.get(0) + "' begins");
            }
        }
    }

    private String regex() {
        StringBuilder regex = new StringBuilder();
        int group = 0;
        for (Part part : parts) {
            regex.append(Pattern.quote(part.literal));
            Operator operator = part.operator;
            String before = operator.first;
            for (String variable : part.variables) {
                boolean first = variable.equals(part.variables.get(0));
                String value = operator.keepsReserved ? ANY : UNRESERVED;
                if (operator.named) {
                    regex.append("(?:([")
                            .append(operator.first)
                            .append(operator.separator)
                            .append("])");
                    regex.append(Pattern.quote(variable));
                    regex.append(operator.ifEmpty.isEmpty() ? "(?:=(" + value + "+))?)?" : "=(" + value + "*))?");
                    gaps.add(new Gap(variable, operator, group + 2, group + 1, first));
                    group += 2;
                } else {
                    regex.append(Pattern.quote(before));
                    regex.append('(').append(value).append("+)");
                    gaps.add(new Gap(variable, operator, ++group, 0, first));
                    before = operator.separator;
                }
            }
        }
        return regex.toString();
    }

    private static boolean staysInPlace(String value, boolean mayHoldSlashes) {
        int segment = 0;
        for (int i = 0; i <= value.length(); i++) {
            char c = i == value.length() ? '/' : value.charAt(i);
            if (c < ' ' || c == 0x7f) {
                return false;
            }
            if (c == '/' || c == '\\') {
                if (i < value.length() && !mayHoldSlashes) {
                    return false;
                }
                String name = value.substring(segment, i);
                if (name.equals(".") || name.equals("..")) {
                    return false;
                }
                segment = i + 1;
            }
        }
        return true;
    }

    private static IllegalArgumentException refused(String template, String reason) {
        String shown = template.length() <= 128 ? template : template.substring(0, 128) + "…";
        return new IllegalArgumentException("URI template '" + shown + "' " + reason);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UriTemplate template && template.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
