package dev.devmesh.schema;

import com.networknt.schema.Error;
import com.networknt.schema.path.NodePath;
import dev.devmesh.json.JsonForm;
import dev.devmesh.text.Nearest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Tells the validator's errors as sentences.
 *
 * <p>The validator reports a failed {@code oneOf} or {@code anyOf} as the errors of all alternatives side by side, with
 * or without one of its own. Here they are put together by their evaluation path and only those that help are kept: of
 * the alternative that the discriminator names, or all if each is a single sentence, or those of the alternative that
 * is nearest to fitting.
 *
 * <p>One instance tells one list of errors.
 */
final class Sentences {

    private static final int MAX_CHOICES = 20;
    private static final int MAX_NAMES = 200;
    private static final int MAX_SENTENCES_JOINED = 3;

    /** Keywords whose next step in an evaluation path is a name or a number, not a keyword. */
    private static final Set<String> NAMED = Set.of(
            "properties",
            "patternProperties",
            "dependentSchemas",
            "$defs",
            "definitions",
            "allOf",
            "anyOf",
            "oneOf",
            "prefixItems");

    /** Keywords that lead from a value to one inside it. */
    private static final Set<String> INWARD = Set.of(
            "properties",
            "patternProperties",
            "additionalProperties",
            "unevaluatedProperties",
            "items",
            "prefixItems",
            "contains",
            "unevaluatedItems");

    /** Errors that say nothing more once the type is wrong. */
    private static final Set<String> MOOT_AFTER_TYPE = Set.of("enum", "const", "format", "pattern");

    private final JsonNode schema;
    private final JsonNode root;

    private Sentences(JsonNode schema, JsonNode root) {
        this.schema = schema;
        this.root = root;
    }

    static List<Violation> of(List<Error> errors, JsonNode schema, JsonNode value) {
        if (errors.isEmpty()) {
            return List.of();
        }
        // What is missing or unknown first: the rest often follows from it, and only the first few are told.
        List<Error> ordered = new ArrayList<>(errors);
        ordered.sort(Comparator.comparing(error -> !isAboutMembers(error)));
        Set<Violation> distinct = new LinkedHashSet<>(new Sentences(schema, value).tell(ordered, 0));
        return distinct.stream().limit(JsonSchema.MAX_VIOLATIONS).toList();
    }

    private static boolean isAboutMembers(Error error) {
        return switch (error.getKeyword()) {
            case "required", "additionalProperties", "unevaluatedProperties" -> true;
            default -> false;
        };
    }

    /** A {@code oneOf} or {@code anyOf}: its length in the evaluation path, and how deep in the value it applies. */
    private record Combination(int length, int depth) {

        private static int within(NodePath location, int depth) {
            return Math.min(depth, location.getNameCount());
        }

        /** The first one at or after a step of an error's evaluation path. */
        static @Nullable Combination of(Error error, int from) {
            NodePath path = error.getEvaluationPath();
            int depth = 0;
            for (int i = 0; i < path.getNameCount(); i++) {
                String keyword = String.valueOf(path.getElement(i));
                if (i >= from && (keyword.equals("oneOf") || keyword.equals("anyOf"))) {
                    return new Combination(i + 1, within(error.getInstanceLocation(), depth));
                }
                depth += INWARD.contains(keyword) ? 1 : 0;
                i += NAMED.contains(keyword) ? 1 : 0;
            }
            return null;
        }

        List<Object> key(Error error) {
            List<Object> key = new ArrayList<>();
            for (int i = 0; i < length; i++) {
                key.add(error.getEvaluationPath().getElement(i));
            }
            for (int i = 0; i < within(error.getInstanceLocation(), depth); i++) {
                key.add(error.getInstanceLocation().getElement(i));
            }
            return key;
        }
    }

    /** Tells errors whose evaluation paths have a common beginning of {@code from} steps. */
    private List<Violation> tell(List<Error> errors, int from) {
        Set<String> wrongTypes = new HashSet<>();
        Map<Object, List<Error>> groups = new LinkedHashMap<>();
        Map<Object, Combination> combinations = new IdentityHashMap<>();
        for (Error error : errors) {
            Combination combination = Combination.of(error, from);
            if (combination == null) {
                groups.put(error, List.of(error));
                if (error.getKeyword().equals("type")) {
                    wrongTypes.add(pointer(error));
                }
            } else {
                List<Error> group = groups.computeIfAbsent(combination.key(error), key -> new ArrayList<>());
                group.add(error);
                combinations.put(group, combination);
            }
        }
        List<Violation> told = new ArrayList<>();
        for (List<Error> group : groups.values()) {
            if (told.size() >= JsonSchema.MAX_VIOLATIONS) {
                break;
            }
            Error first = group.get(0);
            Combination combination = combinations.get(group);
            if (combination != null) {
                told.addAll(alternatives(group, combination));
            } else if (!MOOT_AFTER_TYPE.contains(first.getKeyword()) || !wrongTypes.contains(pointer(first))) {
                told.add(new Violation(pointer(first), sentence(first)));
            }
        }
        return told;
    }

    private List<Violation> alternatives(List<Error> errors, Combination combination) {
        Place place = Place.of(errors.get(0).getInstanceLocation(), combination.depth(), root);
        Map<Object, List<Error>> byAlternative = new LinkedHashMap<>();
        Error own = null;
        for (Error error : errors) {
            NodePath path = error.getEvaluationPath();
            if (path.getNameCount() == combination.length()) {
                own = error;
            } else {
                byAlternative
                        .computeIfAbsent(String.valueOf(path.getElement(combination.length())), a -> new ArrayList<>())
                        .add(error);
            }
        }
        if (byAlternative.isEmpty()) {
            return List.of(place.violation(" fits more than one of its alternatives and must fit exactly one"));
        }
        List<String> names = own == null ? List.of() : discriminators(own.getSchemaNode());
        if (!names.isEmpty()) {
            return chosen(place, names, byAlternative, combination);
        }
        String types = types(place, byAlternative);
        if (types != null) {
            return List.of(place.violation(" must be " + types + ", is " + brief(place.value())));
        }
        List<List<Violation>> told = new ArrayList<>();
        for (List<Error> alternative : byAlternative.values()) {
            told.add(tell(alternative, combination.length() + 1));
        }
        if (told.size() <= MAX_SENTENCES_JOINED && told.stream().allMatch(alternative -> alternative.size() == 1)) {
            String either = told.stream()
                    .map(alternative -> alternative.get(0).message())
                    .distinct()
                    .collect(Collectors.joining(", or "));
            return List.of(new Violation(place.pointer(), either));
        }
        return nearest(place, byAlternative, told);
    }

    /** A value within the root. */
    private record Place(String pointer, String where, JsonNode value) {

        static Place of(NodePath location, int depth, JsonNode root) {
            JsonNode value = root;
            for (int i = 0; i < depth; i++) {
                Object step = location.getElement(i);
                value = step instanceof Integer index ? value.path(index) : value.path(location.getName(i));
            }
            String path = path(location, depth);
            return new Place(Sentences.pointer(location, depth), path.isEmpty() ? "the value" : path, value);
        }

        Violation violation(String predicate) {
            return new Violation(pointer, where + predicate);
        }
    }

    /** The sentences of the alternative with the fewest, one of another type or constant being the last choice. */
    private static List<Violation> nearest(
            Place place, Map<Object, List<Error>> byAlternative, List<List<Violation>> told) {
        List<Violation> best = List.of();
        int least = Integer.MAX_VALUE;
        int i = 0;
        for (List<Error> errors : byAlternative.values()) {
            int distance = told.get(i).size();
            for (Error error : errors) {
                boolean otherKind = error.getKeyword().equals("const")
                        || error.getKeyword().equals("type") && pointer(error).equals(place.pointer());
                distance += otherKind ? JsonSchema.MAX_VIOLATIONS : 0;
            }
            if (distance < least) {
                least = distance;
                best = told.get(i);
            }
            i++;
        }
        return best;
    }

    private List<Violation> chosen(
            Place place, List<String> names, Map<Object, List<Error>> byAlternative, Combination combination) {
        if (!place.value().isObject()) {
            return List.of(place.violation(" must be an object, is " + kind(place.value())));
        }
        JsonNode given = place.value().path(JsonForm.DISCRIMINATOR);
        int index = given.isString() ? names.indexOf(given.stringValue()) : -1;
        if (index >= 0) {
            return tell(byAlternative.getOrDefault(String.valueOf(index), List.of()), combination.length() + 1);
        }
        String member =
                place.pointer().isEmpty() ? JsonForm.DISCRIMINATOR : place.where() + "." + JsonForm.DISCRIMINATOR;
        String choices = String.join(", ", names);
        return List.of(
                given.isMissingNode()
                        ? new Violation(place.pointer(), member + " is required, one of " + choices)
                        : new Violation(
                                place.pointer() + "/" + JsonForm.DISCRIMINATOR,
                                member + " must be one of " + choices + ", is " + brief(given)));
    }

    /** The names that tell these alternatives apart, in their order; empty if not every one has its own. */
    private List<String> discriminators(JsonNode alternatives) {
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode alternative : alternatives) {
            JsonNode name = dereferenced(alternative)
                    .path("properties")
                    .path(JsonForm.DISCRIMINATOR)
                    .path("const");
            if (!name.isString() || !names.add(name.stringValue())) {
                return List.of();
            }
        }
        return List.copyOf(names);
    }

    private JsonNode dereferenced(JsonNode node) {
        String reference = node.path("$ref").asString("");
        return reference.startsWith("#/") ? schema.at(reference.substring(1)) : node;
    }

    /** "a string or null" if all that is wrong with every alternative is the type of the value itself. */
    private static @Nullable String types(Place place, Map<Object, List<Error>> byAlternative) {
        Set<String> types = new LinkedHashSet<>();
        for (List<Error> errors : byAlternative.values()) {
            for (Error error : errors) {
                if (!error.getKeyword().equals("type") || !pointer(error).equals(place.pointer())) {
                    return null;
                }
                types.add(type(error.getSchemaNode()));
            }
        }
        return String.join(" or ", types);
    }

    private String sentence(Error error) {
        String where = where(error);
        JsonNode rule = error.getSchemaNode();
        JsonNode value = error.getInstanceNode();
        return switch (error.getKeyword()) {
            case "required" -> join(error.getInstanceLocation(), error.getProperty()) + " is required";
            case "dependentRequired" -> where + " lacks a member that another of its members requires";
            case "additionalProperties", "unevaluatedProperties" -> unknownMember(error);
            case "type" ->
                where + " must be " + type(rule) + ", is "
                        + (value.isNumber() && wantsNumber(rule) ? brief(value) : kind(value));
            case "enum" -> where + " must be one of " + choices(rule) + ", is " + brief(value);
            case "const" -> where + " must be " + brief(rule) + ", is " + brief(value);
            case "minimum" -> where + " must be at least " + brief(rule) + ", is " + brief(value);
            case "maximum" -> where + " must be at most " + brief(rule) + ", is " + brief(value);
            case "exclusiveMinimum" -> where + " must be above " + brief(rule) + ", is " + brief(value);
            case "exclusiveMaximum" -> where + " must be below " + brief(rule) + ", is " + brief(value);
            case "multipleOf" -> where + " must be a multiple of " + brief(rule) + ", is " + brief(value);
            case "minLength" -> where + " must have at least " + count(rule, "character") + ", has " + length(value);
            case "maxLength" -> where + " must have at most " + count(rule, "character") + ", has " + length(value);
            case "minItems" -> where + " must have at least " + count(rule, "element") + ", has " + value.size();
            case "maxItems" -> where + " must have at most " + count(rule, "element") + ", has " + value.size();
            case "minProperties" -> where + " must have at least " + count(rule, "member") + ", has " + value.size();
            case "maxProperties" -> where + " must have at most " + count(rule, "member") + ", has " + value.size();
            case "uniqueItems" -> where + " must not have the same element twice";
            case "pattern" -> where + " must match " + JsonForm.brief(rule.asString("")) + ", is " + brief(value);
            case "format" -> where + " must be " + format(rule.asString("")) + ", is " + brief(value);
            case "not" -> where + " has a form that is excluded";
            case "contains", "minContains" -> where + " lacks an element of the form that it must contain";
            case "maxContains" -> where + " has too many elements of one form";
            case "false" -> where + " is not allowed";
            case "propertyNames" -> where + " has a member whose name is not allowed";
            default -> where + " breaks the rule " + JsonForm.brief(error.getKeyword()) + " of its schema";
        };
    }

    private String unknownMember(Error error) {
        String name = error.getProperty();
        NodePath object = error.getInstanceLocation();
        List<String> known = new ArrayList<>();
        if (error.getSchemaLocation().getFragment() != null) {
            String keyword = error.getSchemaLocation().getFragment().toString();
            JsonNode owner = schema.at(keyword.substring(0, Math.max(0, keyword.lastIndexOf('/'))));
            owner.path("properties").propertyNames().stream().limit(MAX_NAMES).forEach(known::add);
        }
        String hint = Nearest.nearest(name, known)
                .map(near -> "; did you mean " + near + "?")
                .orElse("");
        return "unknown member \"" + JsonForm.brief(name) + "\""
                + (object.getNameCount() == 0 ? "" : " in " + where(error)) + hint;
    }

    private static String choices(JsonNode values) {
        List<String> choices = new ArrayList<>();
        for (JsonNode value : values) {
            if (choices.size() == MAX_CHOICES) {
                choices.add("\u2026");
                break;
            }
            choices.add(value.isString() ? JsonForm.brief(value.stringValue()) : brief(value));
        }
        return String.join(", ", choices);
    }

    private static String type(JsonNode rule) {
        if (rule.isArray()) {
            List<String> types = new ArrayList<>();
            rule.forEach(type -> types.add(type(type)));
            return String.join(" or ", types);
        }
        return switch (rule.asString("")) {
            case "string" -> "a string";
            case "integer" -> "an integer";
            case "number" -> "a number";
            case "boolean" -> "true or false";
            case "object" -> "an object";
            case "array" -> "an array";
            default -> "null";
        };
    }

    private static boolean wantsNumber(JsonNode rule) {
        return rule.asString("").equals("integer");
    }

    private static String kind(JsonNode value) {
        if (value.isString()) {
            return "a string";
        }
        return value.isNumber() ? "a number" : brief(value);
    }

    private static String format(String name) {
        return switch (name) {
            case "date-time" -> "a date and time such as 2026-01-31T12:00:00Z";
            case "date" -> "a date such as 2026-01-31";
            case "time" -> "a time such as 12:00:00Z";
            case "duration" -> "a duration such as PT1H30M";
            case "email" -> "an email address";
            case "uuid" -> "a UUID";
            case "uri" -> "a URI";
            case "uri-reference" -> "a URI reference";
            default -> "of the format " + JsonForm.brief(name);
        };
    }

    private static String count(JsonNode number, String noun) {
        return number + " " + noun + (number.asString("").equals("1") ? "" : "s");
    }

    private static int length(JsonNode text) {
        String value = text.asString("");
        return value.codePointCount(0, value.length());
    }

    private static String brief(JsonNode value) {
        return JsonForm.brief(value);
    }

    private static String pointer(Error error) {
        return pointer(error.getInstanceLocation(), error.getInstanceLocation().getNameCount());
    }

    /** RFC 6901. The library's own form escapes control characters in names as well, which makes it point elsewhere. */
    private static String pointer(NodePath location, int depth) {
        StringBuilder pointer = new StringBuilder();
        for (int i = 0; i < depth; i++) {
            pointer.append('/').append(location.getName(i).replace("~", "~0").replace("/", "~1"));
        }
        return pointer.toString();
    }

    private static String where(Error error) {
        String path = path(error.getInstanceLocation());
        return path.isEmpty() ? "the value" : path;
    }

    private static String join(NodePath object, String member) {
        String path = path(object);
        return path.isEmpty() ? JsonForm.brief(member) : path + "." + JsonForm.brief(member);
    }

    private static String path(NodePath location) {
        return path(location, location.getNameCount());
    }

    private static String path(NodePath location, int depth) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < depth; i++) {
            if (location.getElement(i) instanceof Integer index) {
                path.append('[').append(index).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(JsonForm.brief(location.getName(i)));
            }
        }
        return path.toString();
    }
}
