package dev.devmesh.launcher.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Reads one YAML document into a tree that knows its lines.
 *
 * <p>Aliases and tags are refused: a configuration needs neither, and without them the tree cannot be larger than its
 * text. Confined to its caller.
 */
final class YamlReader {

    /** The nesting of the deepest key is 4. */
    private static final int MAX_DEPTH = 20;

    private static final Pattern PLACE = Pattern.compile("(?m)^ in reader, line (\\d{1,9}), ");

    private final String file;
    private final String text;
    private final List<Problem> problems;

    YamlReader(String file, String text, List<Problem> problems) {
        this.file = file;
        this.text = text;
        this.problems = problems;
    }

    /** The document; an empty mapping when there is none, or when what is there cannot be read. */
    YamlNode.Mapping read() {
        YamlNode.Mapping nothing = new YamlNode.Mapping(1, List.of());
        try (YAMLParser parser = (YAMLParser) new YAMLFactory().createParser(ObjectReadContext.empty(), text)) {
            JsonToken first = parser.nextToken();
            if (first == null || first == JsonToken.VALUE_NULL) {
                return nothing;
            }
            if (first != JsonToken.START_OBJECT) {
                problem(line(parser), "must hold keys and values, such as log_level: info");
                return nothing;
            }
            YamlNode.Mapping mapping = mapping(parser, 1);
            if (parser.nextToken() != null) {
                problem(line(parser), "holds a second document; a configuration is one");
            }
            return mapping;
        } catch (Unreadable e) {
            problem(e.line, String.valueOf(e.getMessage()));
            return nothing;
        } catch (JacksonException e) {
            int line = line(e);
            problem(line, reason(e, line));
            return nothing;
        }
    }

    private YamlNode.Mapping mapping(YAMLParser parser, int depth) throws Unreadable {
        int line = line(parser);
        List<YamlNode.Entry> entries = new ArrayList<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            int keyLine = line(parser);
            String key = parser.currentName();
            if (key.equals("<<")) {
                throw new Unreadable(keyLine, "merge keys (<<) are not supported; write the values out");
            }
            parser.nextToken();
            entries.add(new YamlNode.Entry(keyLine, key, value(parser, depth + 1)));
        }
        return new YamlNode.Mapping(line, entries);
    }

    private YamlNode value(YAMLParser parser, int depth) throws Unreadable {
        int line = line(parser);
        if (depth > MAX_DEPTH) {
            throw new Unreadable(line, "is nested deeper than any key");
        }
        if (parser.isCurrentAlias()) {
            throw new Unreadable(line, "aliases (*name) are not supported; write the value out");
        }
        if (parser.getTypeId() != null) {
            throw new Unreadable(line, "tags (!name) are not supported; remove the tag");
        }
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return mapping(parser, depth);
        }
        if (token == JsonToken.START_ARRAY) {
            List<YamlNode> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(value(parser, depth + 1));
            }
            return new YamlNode.Sequence(line, items);
        }
        return token == JsonToken.VALUE_NULL ? new YamlNode.Empty(line) : new YamlNode.Scalar(line, parser.getString());
    }

    /**
     * The parser's reason without its excerpts of the file, which may hold secrets, and with a cure for the usual slip:
     * {@code { key: ${NAME} }} is not YAML.
     */
    private String reason(JacksonException e, int line) {
        String reason = String.valueOf(e.getOriginalMessage())
                .lines()
                .filter(part -> !part.isBlank() && !Character.isWhitespace(part.charAt(0)))
                .reduce((earlier, later) -> later)
                .orElse("is not YAML");
        boolean reference = text.lines().skip(line - 1L).limit(1).anyMatch(source -> source.contains("${"));
        return "is not YAML: " + reason + (reference ? "; within { } write \"${NAME}\" in quotes" : "");
    }

    /**
     * Where the parser noticed: the last place that it names, as the earlier ones say what it was reading. Only when the
     * text ended too early does the beginning help more than the end.
     */
    private static int line(JacksonException e) {
        int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
        String message = String.valueOf(e.getOriginalMessage());
        if (!message.contains("end of stream")) {
            Matcher place = PLACE.matcher(message);
            while (place.find()) {
                line = Integer.parseInt(place.group(1));
            }
        }
        return line;
    }

    private static int line(JsonParser parser) {
        return Math.max(1, parser.currentTokenLocation().getLineNr());
    }

    private void problem(int line, String what) {
        problems.add(new Problem(new Origin.FileLine(file, line), "yaml", what));
    }

    private static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;
        private final int line;

        Unreadable(int line, String message) {
            super(message);
            this.line = line;
        }
    }
}
