package dev.devmesh.launcher.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What the table of keys says to people: a file to start from and the manual's page. Stateless. */
public final class ConfigurationReference {

    private ConfigurationReference() {}

    /** A configuration file that holds every key with its default and what it means. */
    public static String template() {
        StringBuilder text = new StringBuilder("""
                # Configuration of DevMesh. Every key may be left out: what stands here is the default.
                # Values may hold ${NAME} or ${NAME:-default}. Check with: devmesh config check
                """);
        List<String> open = List.of();
        for (Setting<?> setting : Settings.ALL) {
            if (setting.isListed()) {
                open = entry(text, open, setting);
                continue;
            }
            for (String path : paths(setting)) {
                List<String> segments = List.of(path.split("\\."));
                List<String> sections = segments.subList(0, segments.size() - 1);
                open(text, open, sections);
                open = sections;
                String indent = "  ".repeat(sections.size());
                text.append(indent).append("# ").append(setting.description()).append(hint(setting));
                text.append('\n').append(indent).append(segments.get(segments.size() - 1));
                text.append(": ").append(yaml(setting, path)).append('\n');
            }
        }
        return text.toString();
    }

    /** A list of sections is empty by default: what its entries hold stands above it. */
    private static List<String> entry(StringBuilder text, List<String> open, Setting<?> setting) {
        List<Setting<?>> all = Settings.ALL.stream()
                .filter(other -> other.isListed() && other.list().equals(setting.list()))
                .toList();
        List<String> segments = List.of(setting.list().split("\\."));
        List<String> sections = segments.subList(0, segments.size() - 1);
        String indent = "  ".repeat(sections.size());
        if (setting == all.get(0)) {
            open(text, open, sections);
            text.append(indent).append("# A list. Each entry has:\n");
        }
        text.append(indent)
                .append("#   ")
                .append(setting.path().substring(setting.list().length() + "[].".length()))
                .append(": ")
                .append(setting.description())
                .append('\n');
        if (setting == all.get(all.size() - 1)) {
            text.append(indent).append(segments.get(segments.size() - 1)).append(": []\n");
        }
        return sections;
    }

    private static void open(StringBuilder text, List<String> open, List<String> wanted) {
        int common = 0;
        while (common < Math.min(open.size(), wanted.size()) && open.get(common).equals(wanted.get(common))) {
            common++;
        }
        for (int depth = common; depth < wanted.size(); depth++) {
            if (depth == 0) {
                text.append('\n');
            }
            text.append("  ".repeat(depth)).append(wanted.get(depth)).append(":\n");
        }
    }

    private static List<String> paths(Setting<?> setting) {
        return setting.isNamed()
                ? setting.standardByName().keySet().stream()
                        .sorted()
                        .map(setting::path)
                        .toList()
                : List.of(setting.path());
    }

    private static String yaml(Setting<?> setting, String path) {
        if (setting.type() instanceof ValueType.ListOf<?>) {
            return "[" + setting.standard() + "]";
        }
        String text = setting.standard();
        if (setting.isNamed()) {
            text = setting.standardByName().entrySet().stream()
                    .filter(entry -> setting.path(entry.getKey()).equals(path))
                    .map(entry -> entry.getValue())
                    .collect(Collectors.joining());
        }
        return text.isEmpty() ? "\"\"" : text;
    }

    private static String hint(Setting<?> setting) {
        return setting.environment().isEmpty() ? "" : " " + String.join(", ", setting.environment());
    }

    /** The manual's page on the configuration, in Markdown. */
    public static String manual() {
        StringBuilder text = new StringBuilder("""
                # Configuration

                <!-- Made from the table of keys; a test compares. After a change there: mvn -pl devmesh-launcher -am test -Dtest=ConfigurationManualTest -Dsurefire.failIfNoSpecifiedTests=false -Ddevmesh.write-manual=true -->

                The server runs without any configuration. What it is told comes from four places; the first that names a
                key wins:

                1. the command line: `--port` is `listeners.edge`, `--bind` is `listeners.bind`;
                2. the environment: the variable in the table;
                3. a YAML file: `--config FILE`, else `devmesh.yaml` in the working directory, if there is one;
                4. the default.

                `devmesh config template` prints a file with every key, `devmesh config check` names everything that is wrong
                with yours, `devmesh config show` prints every value and where it comes from.

                Values in the file may hold `${NAME}`, which must be set, or `${NAME:-default}`; `$${` is a literal `${`.
                Within `{ }` such a value needs quotes. A variable of the environment that is set to nothing counts as not
                set. Keys that do not exist, keys given twice, and YAML aliases and tags are errors.

                | Key | Default | Unit | Environment | Meaning |
                | --- | --- | --- | --- | --- |
                """);
        for (Setting<?> setting : Settings.ALL) {
            text.append("| ").append(code(setting.path()));
            text.append(" | ").append(standard(setting));
            text.append(" | ").append(setting.type().unit());
            text.append(" | ").append(variables(setting));
            text.append(" | ").append(setting.description()).append(" |\n");
        }
        text.append("""

                Units: a duration is a number with `ms`, `s`, `m`, `h` or `d`; a size is a number with `B`, `KiB`, `MiB` or
                `GiB`; a list is a YAML list, or in the environment texts with commas between.

                `<plan>` is a name that you choose, of `a-z`, `0-9`, `_` and `-`. A plan needs both of its numbers. Two names
                are taken: `default` is `rate_limiting.default`, and `unlimited` has no limits.

                `auth.issuers` is a list; what stands behind `[]` are the keys of each entry. See [OAuth](oauth.md).
                """);
        return text.toString();
    }

    private static String standard(Setting<?> setting) {
        if (setting.isNamed()) {
            return setting.standardByName().entrySet().stream()
                    .map(entry -> code(entry.getKey()) + ": " + code(entry.getValue()))
                    .sorted()
                    .collect(Collectors.joining(", "));
        }
        if (setting.required()) {
            return "must be given";
        }
        return setting.standard().isEmpty() ? "empty" : code(setting.standard());
    }

    private static String variables(Setting<?> setting) {
        if (setting.isListed()) {
            return "only in the file";
        }
        List<String> names = new ArrayList<>(setting.environment());
        names.add(setting.variable());
        return names.stream().map(ConfigurationReference::code).collect(Collectors.joining(", "));
    }

    private static String code(String text) {
        return "`" + text + "`";
    }
}
