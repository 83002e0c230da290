package dev.devmesh.launcher.config;

import dev.devmesh.auth.Secret;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.text.Nearest;
import dev.devmesh.token.TokenAlgorithm;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a configuration of its sources, or reports everything that is wrong with them.
 *
 * <p>Every text is checked, the ones that another source overrides included: a file is right or wrong whatever the
 * environment holds. One loader loads once. Confined to its caller.
 */
final class ConfigurationLoader {

    private static final long MAX_FILE_BYTES = 1 << 20;

    /** Environment variables that the command line reads and that are not keys. */
    private static final Set<String> OTHER_VARIABLES = Set.of("DEVMESH_URL", "DEVMESH_API_KEY");

    /** What a source says about a key. Several texts only for a list. */
    private record Given(Setting<?> setting, String path, List<Text> texts, Origin origin) {}

    private record Text(String text, Origin origin) {}

    private final ConfigurationSources sources;
    private final List<Problem> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Map<String, Given> winners = new HashMap<>();
    private final Map<String, Object> parsed = new HashMap<>();
    private final Map<String, Origin> planOrigins = new LinkedHashMap<>();
    private final Map<String, List<Origin>> entryOrigins = new HashMap<>();

    ConfigurationLoader(ConfigurationSources sources) {
        this.sources = sources;
    }

    /**
     * The value of every key.
     *
     * @throws InvalidConfiguration naming all problems
     * @throws Failure if the file cannot be read
     */
    Values load() {
        sources.file()
                .ifPresent(file -> section(
                        new YamlReader(file.name(), read(file), problems).read(), KeyTree.root(), "", file.name()));
        environment();
        for (ConfigurationSources.Override override : sources.overrides()) {
            Setting<?> setting = Settings.ALL.stream()
                    .filter(candidate -> candidate.path().equals(override.path()))
                    .findFirst()
                    .orElseThrow();
            give(setting, setting.path(), override.text(), new Origin.CommandLine(override.option()));
        }
        Values values = complete();
        checkTogether(values);
        if (!problems.isEmpty()) {
            throw new InvalidConfiguration(problems);
        }
        return values;
    }

    /** What is odd but not wrong, for the log. */
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    private static String read(ConfigurationSources.File file) {
        try {
            if (Files.size(file.path()) > MAX_FILE_BYTES) {
                throw new Failure(ExitCode.USAGE, file.name() + " is larger than 1 MiB", "--config FILE");
            }
            return Files.readString(file.path());
        } catch (NoSuchFileException e) {
            throw new Failure(
                    ExitCode.USAGE, file.name() + " does not exist", "devmesh config template > " + file.name(), e);
        } catch (CharacterCodingException e) {
            throw new Failure(ExitCode.USAGE, file.name() + " is not UTF-8", "save it as UTF-8", e);
        } catch (IOException e) {
            throw new Failure(ExitCode.USAGE, file.name() + " cannot be read", "--config FILE, a readable file", e);
        }
    }

    private void section(YamlNode.Mapping mapping, KeyTree tree, String prefix, String file) {
        Map<String, Integer> seen = new HashMap<>();
        for (YamlNode.Entry entry : mapping.entries()) {
            String path = prefix + entry.key();
            Origin origin = new Origin.FileLine(file, entry.line());
            Integer first = seen.putIfAbsent(entry.key(), entry.line());
            if (first != null) {
                problem(origin, path, "is given twice, first in line " + first);
                continue;
            }
            Optional<KeyTree> child = tree.child(entry.key());
            if (child.isEmpty()) {
                problem(origin, path, unknown(entry.key(), tree));
            } else if (child.get().isLater()) {
                problem(origin, path, "not available in this version; remove it");
            } else if (child.get().setting().isPresent()) {
                leaf(entry, child.get().setting().get(), path, file);
            } else if (child.get().entries().isPresent()) {
                list(entry, child.get().entries().get(), path, file);
            } else if (entry.value() instanceof YamlNode.Mapping inner) {
                section(inner, child.get(), path + ".", file);
            } else if (!(entry.value() instanceof YamlNode.Empty)) {
                problem(
                        origin,
                        path,
                        "is a section; write its keys below it: "
                                + String.join(", ", child.get().keys()));
            }
        }
    }

    private void list(YamlNode.Entry entry, KeyTree keys, String path, String file) {
        String known = String.join(", ", keys.keys());
        if (entry.value() instanceof YamlNode.Sequence sequence) {
            for (YamlNode item : sequence.items()) {
                Origin origin = new Origin.FileLine(file, item.line());
                List<Origin> before = entryOrigins.computeIfAbsent(path, list -> new ArrayList<>());
                String place = path + "[" + before.size() + "]";
                if (item instanceof YamlNode.Mapping mapping) {
                    before.add(origin);
                    section(mapping, keys, place + ".", file);
                } else {
                    problem(origin, place, "must hold keys and values: " + known);
                }
            }
        } else if (!(entry.value() instanceof YamlNode.Empty)) {
            problem(
                    new Origin.FileLine(file, entry.line()),
                    path,
                    "is a list; write - before each entry, which has " + known);
        }
    }

    private static String unknown(String key, KeyTree tree) {
        if (tree.takesNames()) {
            return "must be a name of a-z, 0-9, _ and -, at most 32";
        }
        Optional<String> nearest = Nearest.nearest(key, tree.keys());
        if (nearest.isPresent()) {
            return "unknown key; did you mean " + nearest.get() + "?";
        }
        List<String> elsewhere = KeyTree.endingIn(key, Settings.ALL);
        if (elsewhere.size() == 1) {
            return "unknown key; did you mean " + elsewhere.get(0) + "?";
        }
        return "unknown key; known here: " + String.join(", ", tree.keys());
    }

    private void leaf(YamlNode.Entry entry, Setting<?> setting, String path, String file) {
        Origin origin = new Origin.FileLine(file, entry.line());
        YamlNode value = entry.value();
        if (value instanceof YamlNode.Scalar scalar) {
            Optional<String> text = resolve(scalar.text(), origin, path);
            text.ifPresent(resolved -> give(setting, path, resolved, origin));
        } else if (value instanceof YamlNode.Sequence sequence && setting.type() instanceof ValueType.ListOf<?>) {
            List<Text> texts = new ArrayList<>();
            for (YamlNode item : sequence.items()) {
                Origin place = new Origin.FileLine(file, item.line());
                if (item instanceof YamlNode.Scalar scalar) {
                    resolve(scalar.text(), place, path).ifPresent(text -> texts.add(new Text(text, place)));
                } else {
                    problem(place, path, "must be a list of single values");
                }
            }
            give(new Given(setting, path, texts, origin));
        } else if (!(value instanceof YamlNode.Empty)) {
            String what = value instanceof YamlNode.Sequence ? "a list" : "a section";
            problem(origin, path, "must be a single value, is " + what);
        }
    }

    private Optional<String> resolve(String text, Origin origin, String path) {
        try {
            return Optional.of(References.resolve(text, sources.environment()));
        } catch (BadValue e) {
            problem(origin, path, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** Variables without text count as not set: that is how container files leave one out. */
    private void environment() {
        Map<String, String> environment = new TreeMap<>(sources.environment());
        environment.values().removeIf(String::isEmpty);
        Set<String> known = new LinkedHashSet<>(OTHER_VARIABLES);
        for (Setting<?> setting : Settings.ALL) {
            if (setting.isListed()) {
                continue;
            }
            if (setting.isNamed()) {
                namedFromEnvironment(setting, environment, known);
                continue;
            }
            // The name that is only ours comes last, so that it wins.
            List<String> names = new ArrayList<>(setting.environment());
            names.add(setting.variable());
            for (String name : names) {
                known.add(name);
                String text = environment.get(name);
                if (text != null) {
                    give(setting, setting.path(), text, new Origin.Environment(name));
                }
            }
        }
        environment.keySet().removeAll(known);
        warnOf(environment.keySet());
    }

    private void namedFromEnvironment(Setting<?> setting, Map<String, String> environment, Set<String> known) {
        Pattern form = Pattern.compile(setting.variable().replaceFirst("<\\w+>", "([A-Z0-9_]{1,32})"));
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            Matcher matcher = form.matcher(variable.getKey());
            if (!matcher.matches()) {
                continue;
            }
            String spelt = matcher.group(1);
            // A name with a hyphen exists only in the file; the variable means that one.
            String name = planOrigins.keySet().stream()
                    .filter(plan -> plan.replace('-', '_').equalsIgnoreCase(spelt))
                    .findFirst()
                    .orElse(spelt.toLowerCase(Locale.ROOT));
            known.add(variable.getKey());
            give(setting, setting.path(name), variable.getValue(), new Origin.Environment(variable.getKey()));
        }
    }

    private void warnOf(Set<String> unknown) {
        Map<String, String> later = new TreeMap<>(Settings.LATER_VARIABLES);
        Settings.LATER.forEach(path -> later.put(Setting.variable(path), path));
        List<String> ours = Settings.ALL.stream()
                .filter(setting -> !setting.isListed())
                .map(setting -> setting.variable().substring("DEVMESH_".length()))
                .toList();
        for (String name : unknown) {
            Optional<String> section = later.keySet().stream()
                    .filter(variable ->
                            name.equals(variable) || variable.startsWith("DEVMESH_") && name.startsWith(variable + "_"))
                    .findFirst();
            if (section.isPresent()) {
                warnings.add(
                        name + " has no effect: " + later.get(section.get()) + " is not available in this version");
            } else if (name.startsWith("DEVMESH_")) {
                Nearest.nearest(name.substring("DEVMESH_".length()), ours)
                        .ifPresent(near ->
                                warnings.add(name + " has no effect: no such key; did you mean DEVMESH_" + near + "?"));
            }
        }
    }

    private void give(Setting<?> setting, String path, String text, Origin origin) {
        give(new Given(setting, path, texts(setting, text, origin), origin));
    }

    private static List<Text> texts(Setting<?> setting, String text, Origin origin) {
        if (setting.type() instanceof ValueType.ListOf<?>) {
            return Arrays.stream(text.split(","))
                    .map(String::strip)
                    .filter(part -> !part.isEmpty())
                    .map(part -> new Text(part, origin))
                    .toList();
        }
        return List.of(new Text(text, origin));
    }

    private void give(Given given) {
        if (given.setting().isNamed()) {
            planOrigins.putIfAbsent(nameIn(given.setting(), given.path()), given.origin());
        }
        winners.put(given.path(), given);
        parse(given.setting(), given.path(), given.texts()).ifPresent(value -> parsed.put(given.path(), value));
    }

    private Optional<Object> parse(Setting<?> setting, String path, List<Text> texts) {
        if (setting.type() instanceof ValueType.ListOf<?> list) {
            List<Object> values = new ArrayList<>();
            texts.forEach(text -> parseOne(list.element(), path, text).ifPresent(values::add));
            return Optional.of(List.copyOf(values));
        }
        return parseOne((ValueType.Scalar<?>) setting.type(), path, texts.get(0));
    }

    private Optional<Object> parseOne(ValueType.Scalar<?> type, String path, Text text) {
        try {
            return Optional.of(type.parser().parse(text.text()));
        } catch (BadValue e) {
            problem(text.origin(), path, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** Every key with what was given for it, else its default; a bad value leaves the default, so that checks go on. */
    private Values complete() {
        Set<String> plans =
                new LinkedHashSet<>(Settings.PLAN_RATE.standardByName().keySet());
        plans.addAll(planOrigins.keySet());
        Values values = new Values();
        for (Setting<?> setting : Settings.ALL) {
            if (setting.isListed()) {
                completeEntries(setting, values);
            } else if (setting.isNamed()) {
                plans.forEach(plan -> complete(setting, plan, values));
            } else {
                values.put(resolved(setting, setting.path(), setting.standard()));
            }
        }
        return values;
    }

    private void completeEntries(Setting<?> setting, Values values) {
        List<Origin> entries = entryOrigins.getOrDefault(setting.list(), List.of());
        for (int i = 0; i < entries.size(); i++) {
            String path = setting.path(i);
            if (!setting.required() || parsed.containsKey(path)) {
                values.put(resolved(setting, path, setting.standard()));
            } else if (!winners.containsKey(path)) {
                problem(entries.get(i), path, "is missing");
            }
        }
    }

    private void complete(Setting<?> setting, String plan, Values values) {
        String path = setting.path(plan);
        String standard = setting.standardByName().get(plan);
        if (standard == null && !winners.containsKey(path)) {
            problem(
                    planOrigins.getOrDefault(plan, new Origin.Standard()),
                    path,
                    "is missing; a plan needs requests_per_minute and burst");
            return;
        }
        values.put(resolved(setting, path, standard == null ? "1" : standard));
    }

    private <T> Resolved<T> resolved(Setting<T> setting, String path, String standard) {
        Given given = winners.get(path);
        Object value = parsed.get(path);
        if (given == null || value == null) {
            Origin origin = new Origin.Standard();
            value = parse(setting, path, texts(setting, standard, origin)).orElseThrow();
            return new Resolved<>(setting, path, cast(value), origin);
        }
        return new Resolved<>(setting, path, cast(value), given.origin());
    }

    @SuppressWarnings("unchecked") // made by the parser of the setting whose value it becomes
    private static <T> T cast(Object value) {
        return (T) value;
    }

    private void checkTokens(Values values) {
        Resolved<TokenAlgorithm> algorithm = values.of(Settings.JWT_ALGORITHM);
        Resolved<Optional<Path>> key = values.of(Settings.JWT_PRIVATE_KEY);
        Resolved<Secret> secret = values.of(Settings.JWT_SECRET);
        boolean symmetric = algorithm.value() == TokenAlgorithm.HS256;
        if (symmetric && key.value().isPresent()) {
            problem(
                    key.origin(),
                    key.path(),
                    "is for RS256, ES256 and EdDSA, and " + algorithm.path() + " is " + algorithm.show());
        }
        if (!symmetric && key.value().isEmpty()) {
            problem(
                    algorithm.origin(),
                    algorithm.path(),
                    "is " + algorithm.show() + ", which needs " + key.path() + ", too");
        }
        if (!symmetric && secret.value().isSet()) {
            problem(
                    secret.origin(),
                    secret.path(),
                    "is for HS256, and " + algorithm.path() + " is " + algorithm.show());
        }
        Resolved<String> issuer = values.of(Settings.JWT_ISSUER);
        if (issuer.value().isEmpty()) {
            problem(issuer.origin(), issuer.path(), "must not be empty");
        }
        Resolved<Duration> refresh = values.of(Settings.JWT_REFRESH_TTL);
        Resolved<Duration> access = values.of(Settings.JWT_ACCESS_TTL);
        if (refresh.value().compareTo(access.value()) < 0) {
            problem(
                    refresh.origin(),
                    refresh.path(),
                    "must be at least " + access.path() + ", " + access.show() + ", is " + refresh.show());
        }
    }

    private void checkTogether(Values values) {
        Resolved<Duration> timeout = values.of(Settings.TOOL_TIMEOUT);
        Resolved<Duration> longest = values.of(Settings.MAX_TOOL_TIMEOUT);
        if (timeout.value().compareTo(longest.value()) > 0) {
            boolean raised = !(timeout.origin() instanceof Origin.Standard);
            Resolved<?> blamed = raised ? timeout : longest;
            problem(
                    blamed.origin(),
                    blamed.path(),
                    raised
                            ? "must be at most limits.max_tool_timeout, " + longest.show() + ", is " + timeout.show()
                            : "must be at least limits.tool_timeout, " + timeout.show() + ", is " + longest.show());
        }
        Resolved<Optional<Path>> cert = values.of(Settings.TLS_CERT);
        Resolved<Optional<Path>> key = values.of(Settings.TLS_KEY);
        if (cert.value().isPresent() != key.value().isPresent()) {
            Resolved<?> given = cert.value().isPresent() ? cert : key;
            Resolved<?> missing = cert.value().isPresent() ? key : cert;
            problem(given.origin(), given.path(), "needs " + missing.path() + ", too");
        }
        checkTokens(values);
        Resolved<EmbeddingProvider> provider = values.of(Settings.EMBEDDING_PROVIDER);
        if (provider.value() == EmbeddingProvider.HTTP) {
            if (values.get(Settings.EMBEDDING_URL).isEmpty()) {
                problem(provider.origin(), provider.path(), "is http, which needs embedding.url, too");
            }
            if (values.get(Settings.EMBEDDING_MODEL).isEmpty()) {
                problem(provider.origin(), provider.path(), "is http, which needs embedding.model, too");
            }
        }
        Resolved<Duration> grace = values.of(Settings.DRAIN_GRACE);
        Resolved<Duration> drain = values.of(Settings.DRAIN_TIMEOUT);
        if (grace.value().compareTo(drain.value()) > 0) {
            boolean raised = !(grace.origin() instanceof Origin.Standard);
            Resolved<?> blamed = raised ? grace : drain;
            problem(
                    blamed.origin(),
                    blamed.path(),
                    raised
                            ? "must be at most http.drain_timeout, " + drain.show() + ", is " + grace.show()
                            : "must be at least http.drain_grace, " + grace.show() + ", is " + drain.show());
        }
        Resolved<DataSize> body = values.of(Settings.MAX_BODY);
        Resolved<DataSize> bodies = values.of(Settings.BODY_BYTES_IN_FLIGHT);
        if (body.value().bytes() > bodies.value().bytes()) {
            boolean raised = !(body.origin() instanceof Origin.Standard);
            Resolved<?> blamed = raised ? body : bodies;
            problem(
                    blamed.origin(),
                    blamed.path(),
                    raised
                            ? "must be at most limits.body_bytes_in_flight, " + bodies.show() + ", is " + body.show()
                            : "must be at least http.max_body, " + body.show() + ", is " + bodies.show());
        }
        Resolved<List<ToolWeight>> weights = values.of(Settings.TOOL_WEIGHTS);
        Set<String> weighed = new HashSet<>();
        weights.value().stream()
                .filter(weight -> !weighed.add(weight.tool()))
                .forEach(twice -> problem(weights.origin(), weights.path(), "names " + twice.tool() + " twice"));
        checkDatabase(values);
        checkIssuers(values);
        planOrigins.forEach((plan, origin) -> {
            String path = "rate_limiting.api_keys." + plan;
            if (plan.equals("unlimited")) {
                problem(origin, path, "is the plan without limits; choose another name");
            } else if (plan.equals("default")) {
                problem(origin, path, "is set by rate_limiting.default; move it there");
            }
        });
    }

    private void checkIssuers(Values values) {
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0;
                i < entryOrigins.getOrDefault(Settings.ISSUER.list(), List.of()).size();
                i++) {
            if (!values.has(Settings.ISSUER, i) || !values.has(Settings.ISSUER_JWKS_URL, i)) {
                continue; // told already
            }
            Resolved<String> issuer = values.of(Settings.ISSUER, i);
            Integer first = seen.putIfAbsent(issuer.value(), i);
            if (first != null) {
                problem(issuer.origin(), issuer.path(), "is the same as that of " + Settings.ISSUER.path(first));
            }
            if (Configuration.audiences(values, i).isEmpty()) {
                problem(
                        issuer.origin(),
                        Settings.ISSUER_AUDIENCE.path(i),
                        "is missing; name what its tokens are for, usually the URL of /mcp, or set http.public_url");
            }
            Resolved<String> claim = values.of(Settings.ISSUER_TENANT_CLAIM, i);
            if (!claim.value().isEmpty()
                    && !(values.of(Settings.ISSUER_TENANT, i).origin() instanceof Origin.Standard)) {
                problem(claim.origin(), claim.path(), "is given beside tenant; leave one out");
            }
        }
    }

    private void checkDatabase(Values values) {
        Resolved<Secret> url = values.of(Settings.DATABASE_URL);
        Resolved<String> host = values.of(Settings.DATABASE_HOST);
        if (url.value().isSet() && !host.value().isEmpty()) {
            problem(host.origin(), host.path(), "is given beside database.url (" + url.origin() + "); leave one out");
            return;
        }
        Resolved<Integer> pool = values.of(Settings.DATABASE_POOL_SIZE);
        Resolved<Integer> all = values.of(Settings.DATABASE_MAX_CONNECTIONS);
        if (pool.value() > all.value()) {
            boolean raised = !(pool.origin() instanceof Origin.Standard);
            Resolved<?> blamed = raised ? pool : all;
            problem(
                    blamed.origin(),
                    blamed.path(),
                    raised
                            ? "must be at most database.max_connections, " + all.show() + ", is " + pool.show()
                            : "must be at least database.pool_size, " + pool.show() + ", is " + all.show());
        }
        try {
            Configuration.Database.of(values);
        } catch (IllegalArgumentException e) {
            // What is left is that both name a user: each value alone was found good.
            problem(
                    url.origin(),
                    url.path(),
                    "names a user or a password as a parameter, and so do other keys; leave them out");
        }
    }

    private static String nameIn(Setting<?> setting, String path) {
        int start = setting.path().indexOf('<');
        return path.substring(start, path.indexOf('.', start));
    }

    private void problem(Origin origin, String path, String text) {
        problems.add(new Problem(origin, path, text));
    }
}
