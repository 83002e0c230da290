package dev.devmesh.launcher.api;

import dev.devmesh.launcher.shell.Surroundings;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What one command asks a mesh and prints of the answers: JSON as it came, or what people read. Closes its API. */
final class Conversation implements AutoCloseable {

    private static final int PAGE = 200;

    private final Api api;
    private final PrintStream out;
    private final boolean json;

    private Conversation(Api api, PrintStream out, boolean json) {
        this.api = api;
        this.out = out;
        this.json = json;
    }

    static Conversation begin(Surroundings surroundings, Target target) {
        return new Conversation(target.open(surroundings), surroundings.out(), target.json());
    }

    JsonNode get(String path) {
        return api.get(path);
    }

    JsonNode send(String method, String path, ObjectNode body) {
        return api.send(method, path, Optional.of(body));
    }

    JsonNode send(String method, String path) {
        return api.send(method, path, Optional.empty());
    }

    /** Prints all pages of a listing, a line each with these members in columns. */
    void list(String path, String... columns) {
        List<JsonNode> entries = new ArrayList<>();
        String cursor = "";
        do {
            String query = "?limit=" + PAGE + (cursor.isEmpty() ? "" : "&cursor=" + encoded(cursor));
            JsonNode page = api.get(path + query);
            page.path("data").forEach(entries::add);
            cursor = page.path("next_cursor").asString("");
        } while (!cursor.isEmpty());
        print(entries, columns);
    }

    /** Prints a listing that came in one piece. */
    void rows(JsonNode listing, String... columns) {
        List<JsonNode> entries = new ArrayList<>();
        listing.path("data").forEach(entries::add);
        print(entries, columns);
    }

    private void print(List<JsonNode> entries, String... columns) {
        if (json) {
            entries.forEach(out::println);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(Arrays.stream(columns)
                .map(name -> name.toUpperCase(Locale.ROOT))
                .toList());
        entries.forEach(entry -> rows.add(
                Arrays.stream(columns).map(name -> text(entry.path(name))).toList()));
        print(rows, out);
    }

    /** Prints an object, a line for each member. */
    void show(JsonNode object) {
        show(object, out, json);
    }

    static void show(JsonNode object, PrintStream out, boolean json) {
        if (json) {
            out.println(object);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        describe("", object, rows);
        print(rows, out);
    }

    /** What is within an object has its name in front, with a dot. */
    private static void describe(String within, JsonNode object, List<List<String>> rows) {
        object.properties().forEach(member -> {
            String name = within + member.getKey();
            if (member.getValue().isObject() && !member.getValue().isEmpty()) {
                describe(name + ".", member.getValue(), rows);
            } else {
                rows.add(List.of(name, text(member.getValue())));
            }
        });
    }

    /** Prints a sentence; nothing where the user wants JSON. */
    void say(String sentence) {
        if (!json) {
            out.println(harmless(sentence));
        }
    }

    /** The path of one thing: its name may have any characters. */
    static String path(String collection, String name, String... rest) {
        return collection + "/" + encoded(name) + (rest.length == 0 ? "" : "/" + String.join("/", rest));
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static void print(List<List<String>> rows, PrintStream out) {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        rows.forEach(row -> {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    /** One line, whatever is in it. */
    private static String text(JsonNode value) {
        String text;
        if (value.isArray()) {
            List<String> parts = new ArrayList<>();
            value.forEach(part -> parts.add(text(part)));
            text = String.join(" ", parts);
        } else {
            text = value.isString()
                    ? value.asString()
                    : value.isMissingNode() || value.isNull() ? "" : value.toString();
        }
        return harmless(text).replaceAll("[\n\t]", " ");
    }

    /** What comes from others must not steer the terminal. */
    private static String harmless(String text) {
        return text.replaceAll("[\\p{Cc}&&[^\n\t]]", " ");
    }

    @Override
    public void close() {
        api.close();
    }
}
