package dev.devmesh.rest;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A path with variables, such as {@code /api/v1/contexts/{id}}. A variable stands for exactly one segment.
 *
 * <p>Its natural order puts first what is to be tried first: at the first segment in which two differ, the fixed one.
 */
final class PathTemplate implements Comparable<PathTemplate> {

    private static final Pattern FIXED = Pattern.compile("[a-z0-9._-]+");
    private static final Pattern VARIABLE = Pattern.compile("\\{[a-z_]+\\}");

    private final String text;
    private final List<String> segments;

    /** @throws IllegalArgumentException if it is not a path, or a variable is there twice */
    PathTemplate(String text) {
        this.text = text;
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("the path " + text + " must begin with a slash");
        }
        this.segments = List.of(text.substring(1).split("/", -1));
        Set<String> variables = new HashSet<>();
        for (String segment : segments) {
            boolean variable = VARIABLE.matcher(segment).matches();
            if (!variable && !FIXED.matcher(segment).matches() || variable && !variables.add(segment)) {
                throw new IllegalArgumentException(
                        "the path " + text + " has a part that is no word and no new variable");
            }
        }
    }

    /** The variables of a path that fits. */
    Optional<Map<String, String>> match(List<String> path) {
        if (path.size() != segments.size()) {
            return Optional.empty();
        }
        Map<String, String> variables = new LinkedHashMap<>();
        for (int i = 0; i < path.size(); i++) {
            String segment = segments.get(i);
            if (isVariable(segment)) {
                variables.put(name(segment), path.get(i));
            } else if (!segment.equals(path.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(variables);
    }

    List<String> variables() {
        return segments.stream()
                .filter(PathTemplate::isVariable)
                .map(PathTemplate::name)
                .toList();
    }

    /** What is the same for templates that fit the same paths. */
    List<String> shape() {
        List<String> shape = new ArrayList<>(segments);
        shape.replaceAll(segment -> isVariable(segment) ? "{}" : segment);
        return shape;
    }

    private static boolean isVariable(String segment) {
        return segment.startsWith("{");
    }

    private static String name(String variable) {
        return variable.substring(1, variable.length() - 1);
    }

    @Override
    public int compareTo(PathTemplate other) {
        int common = Math.min(segments.size(), other.segments.size());
        for (int i = 0; i < common; i++) {
            String mine = segments.get(i);
            String others = other.segments.get(i);
            if (!mine.equals(others)) {
                boolean variable = isVariable(mine);
                return variable == isVariable(others) ? mine.compareTo(others) : variable ? 1 : -1;
            }
        }
        return Integer.compare(segments.size(), other.segments.size());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PathTemplate template && template.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** As it was given. */
    @Override
    public String toString() {
        return text;
    }
}
