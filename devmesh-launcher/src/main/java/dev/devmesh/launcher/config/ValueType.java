package dev.devmesh.launcher.config;

import dev.devmesh.auth.Secret;
import dev.devmesh.auth.Tenant;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.outbound.OutboundAllow;
import dev.devmesh.token.TokenAlgorithm;
import dev.devmesh.token.TokenSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How the text of a key becomes a value. Immutable.
 *
 * @param <T> the value's type
 */
sealed interface ValueType<T> {

    /** What the text looks like, for the manual. */
    String unit();

    /** The value as a user would write it; secrets are masked. */
    String show(T value);

    /** One text, one value. */
    record Scalar<T>(String unit, Parser<T> parser, Function<T, String> format) implements ValueType<T> {
        @Override
        public String show(T value) {
            return format.apply(value);
        }
    }

    /** Several texts: a YAML list, or one text with commas. */
    record ListOf<E>(Scalar<E> element) implements ValueType<List<E>> {
        @Override
        public String unit() {
            return "list";
        }

        @Override
        public String show(List<E> value) {
            return value.stream().map(element.format()).collect(Collectors.joining(", ", "[", "]"));
        }
    }

    /** Reads one text. */
    @FunctionalInterface
    interface Parser<T> {
        T parse(String text) throws BadValue;
    }

    static Scalar<Integer> integer(int least, int most) {
        return new Scalar<>(
                "number",
                text -> {
                    if (!text.matches("[+-]?\\d{1,18}")) {
                        throw new BadValue("must be a whole number, is '" + text + "'");
                    }
                    long value = Long.parseLong(text);
                    inRange(value, (long) least, (long) most, text);
                    return (int) value;
                },
                String::valueOf);
    }

    /** A port, or nothing for {@code off}. */
    static Scalar<Optional<Integer>> portOrOff() {
        Scalar<Integer> port = integer(0, 65_535);
        return new Scalar<>(
                "number or off",
                text -> {
                    // Without quotes, YAML takes off for a truth value.
                    if (text.equalsIgnoreCase("off") || text.equalsIgnoreCase("false")) {
                        return Optional.empty();
                    }
                    if (!text.matches("[+-]?\\d{1,18}")) {
                        throw new BadValue("must be a port or off, is '" + text + "'");
                    }
                    return Optional.of(port.parser().parse(text));
                },
                value -> value.map(String::valueOf).orElse("off"));
    }

    /** A file, or nothing. */
    static Scalar<Optional<Path>> file() {
        return new Scalar<>(
                "file",
                text -> {
                    try {
                        return text.isBlank() ? Optional.empty() : Optional.of(Path.of(text));
                    } catch (InvalidPathException e) {
                        throw new BadValue("must name a file, is '" + text + "'");
                    }
                },
                value -> value.map(Path::toString).orElse(""));
    }

    /** A tool and what its calls cost, as {@code name=number}. */
    static Scalar<ToolWeight> toolWeight() {
        Pattern form = Pattern.compile("([A-Za-z0-9_.-]{1,128})=(\\d{1,9})");
        return new Scalar<>(
                "name=number",
                text -> {
                    Matcher matcher = form.matcher(text);
                    if (!matcher.matches()) {
                        throw new BadValue(
                                "must be the name of a tool and a number such as context_search=5, is '" + text + "'");
                    }
                    Integer weight = integer(1, RateLimits.MAX_WEIGHT).parser().parse(matcher.group(2));
                    return new ToolWeight(matcher.group(1), weight);
                },
                ToolWeight::toString);
    }

    /** Addresses that begin alike; the server says what is wrong with the numbers. */
    static Scalar<String> addressRange() {
        Pattern form = Pattern.compile("[0-9A-Fa-f:.]{2,45}(/\\d{1,3})?");
        return new Scalar<>(
                "address or range",
                text -> {
                    if (!form.matcher(text).matches()) {
                        throw new BadValue("must be an address or a range such as 10.0.0.0/8, is '" + text + "'");
                    }
                    return text;
                },
                Function.identity());
    }

    static Scalar<DataSize> size(DataSize least, DataSize most) {
        return new Scalar<>(
                "size",
                text -> {
                    DataSize value = DataSize.parse(text)
                            .orElseThrow(() ->
                                    new BadValue("must be a size such as 512B, 64KiB or 10MiB, is '" + text + "'"));
                    inRange(value, least, most, text);
                    return value;
                },
                DataSize::toString);
    }

    static Scalar<Duration> duration(Duration least, Duration most) {
        return new Scalar<>(
                "duration",
                text -> {
                    Duration value = Durations.parse(text)
                            .orElseThrow(() -> new BadValue(
                                    "must be a duration such as 500ms, 30s, 5m, 24h or 30d, is '" + text + "'"));
                    if (value.compareTo(least) < 0) {
                        throw new BadValue("must be at least " + Durations.show(least) + ", is " + text);
                    }
                    if (value.compareTo(most) > 0) {
                        throw new BadValue("must be at most " + Durations.show(most) + ", is " + text);
                    }
                    return value;
                },
                Durations::show);
    }

    static Scalar<Boolean> truth() {
        return new Scalar<>(
                "true or false",
                text -> {
                    if (!text.equals("true") && !text.equals("false")) {
                        throw new BadValue("must be true or false, is '" + text + "'");
                    }
                    return Boolean.valueOf(text);
                },
                String::valueOf);
    }

    static <E extends Enum<E>> Scalar<E> choice(Class<E> type) {
        String names = Arrays.stream(type.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        return new Scalar<>(
                names,
                text -> {
                    for (E constant : type.getEnumConstants()) {
                        if (constant.name().equalsIgnoreCase(text)) {
                            return constant;
                        }
                    }
                    throw new BadValue("must be one of " + names + ", is '" + text + "'");
                },
                value -> value.name().toLowerCase(Locale.ROOT));
    }

    /** A secret that the operator chose, or nothing. What is wrong with it is said without showing it. */
    static Scalar<Secret> secret() {
        Pattern form = Pattern.compile("[\\x21-\\x7e]{32,512}");
        return new Scalar<>(
                "secret",
                text -> {
                    if (!text.isEmpty() && !form.matcher(text).matches()) {
                        throw new BadValue(
                                "must be 32 to 512 printable characters without spaces; openssl rand -hex 32 makes one");
                    }
                    return new Secret(text);
                },
                Secret::toString);
    }

    /** A secret for signing tokens, or nothing: one that nobody can guess. What is wrong with it is said without showing it. */
    static Scalar<Secret> tokenSecret() {
        return new Scalar<>(
                "secret",
                text -> {
                    List<String> problems =
                            TokenSettings.defaults().secret(text).problems();
                    if (!problems.isEmpty()) {
                        throw new BadValue("must be a strong secret of at least 32 bytes that is nobody's sample;"
                                + " openssl rand -base64 48 makes one, and without any, mcp.session_secret stands in");
                    }
                    return new Secret(text);
                },
                Secret::toString);
    }

    static Scalar<TokenAlgorithm> tokenAlgorithm() {
        String names = Arrays.stream(TokenAlgorithm.values())
                .map(TokenAlgorithm::wireName)
                .collect(Collectors.joining(", "));
        return new Scalar<>(
                names,
                text -> TokenAlgorithm.ofWireName(text)
                        .orElseThrow(() -> new BadValue("must be one of " + names + ", is '" + text + "'")),
                TokenAlgorithm::wireName);
    }

    /** A secret that somebody else chose, or nothing. What is wrong with it is said without showing it. */
    static Scalar<Secret> foreignSecret() {
        Pattern form = Pattern.compile("[\\x21-\\x7e]{0,1024}");
        return new Scalar<>(
                "secret",
                text -> {
                    if (!form.matcher(text).matches()) {
                        throw new BadValue("must be at most 1,024 printable characters without spaces");
                    }
                    return new Secret(text);
                },
                Secret::toString);
    }

    /** The address of a service, or nothing. It may hold no user: what looks like a secret would be shown. */
    static Scalar<Optional<URI>> service() {
        return new Scalar<>(
                "URL",
                text -> {
                    if (text.isEmpty()) {
                        return Optional.empty();
                    }
                    try {
                        URI address = new URI(text);
                        boolean http = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
                        if (http && address.getHost() != null && address.getRawUserInfo() == null) {
                            return Optional.of(address);
                        }
                    } catch (URISyntaxException e) {
                        throw new BadValue("must be an address such as https://host/v1/embeddings");
                    }
                    throw new BadValue("must be an address such as https://host/v1/embeddings, without a user");
                },
                value -> value.map(URI::toString).orElse(""));
    }

    /** An address on the web, kept as it stands. */
    static Scalar<String> webAddress() {
        return new Scalar<>(
                "URL",
                text -> {
                    if (!isWebAddress(text)) {
                        throw new BadValue(
                                "must be an address such as https://login.example.com, without a user, ? and #");
                    }
                    return text;
                },
                Function.identity());
    }

    private static boolean isWebAddress(String text) {
        try {
            URI address = new URI(text);
            return ("http".equals(address.getScheme()) || "https".equals(address.getScheme()))
                    && address.getHost() != null
                    && address.getRawUserInfo() == null
                    && address.getRawQuery() == null
                    && address.getRawFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** One of a few names. */
    static Scalar<String> oneOf(List<String> names) {
        String known = String.join(", ", names);
        return new Scalar<>(
                known,
                text -> {
                    if (!names.contains(text)) {
                        throw new BadValue("must be one of " + known + ", is '" + text + "'");
                    }
                    return text;
                },
                Function.identity());
    }

    static Scalar<Tenant> tenant() {
        return new Scalar<>(
                "tenant",
                text -> {
                    try {
                        return new Tenant(text);
                    } catch (IllegalArgumentException e) {
                        throw new BadValue("must have 1 to 64 characters of a-z A-Z 0-9 . _ -, is '" + text + "'");
                    }
                },
                Tenant::id);
    }

    /** The name of a rate plan. */
    static Scalar<String> planName() {
        Pattern form = Pattern.compile("[a-z0-9][a-z0-9_-]{0,31}");
        return new Scalar<>(
                "name",
                text -> {
                    if (!form.matcher(text).matches()) {
                        throw new BadValue("must be a name of a-z, 0-9, _ and -, at most 32, is '" + text + "'");
                    }
                    return text;
                },
                Function.identity());
    }

    /** An origin, or nothing. */
    static Scalar<String> originOrNothing() {
        Scalar<String> origin = origin();
        return new Scalar<>(
                "origin",
                text -> text.isEmpty() ? "" : origin.parser().parse(text).toLowerCase(Locale.ROOT),
                Function.identity());
    }

    /** What a service calls something, or nothing. */
    static Scalar<String> name() {
        Pattern form = Pattern.compile("[\\x21-\\x7e]{0,150}");
        return new Scalar<>(
                "name",
                text -> {
                    if (!form.matcher(text).matches()) {
                        throw new BadValue(
                                "must be at most 150 printable characters without spaces, is '" + text + "'");
                    }
                    return text;
                },
                Function.identity());
    }

    /** The password of a user of the database, or nothing. */
    static Scalar<Secret> password() {
        return new Scalar<>(
                "secret",
                text -> {
                    if (text.length() > 1_024 || text.indexOf('\0') >= 0) {
                        throw new BadValue("must be at most 1024 characters, without U+0000");
                    }
                    return new Secret(text);
                },
                Secret::toString);
    }

    /** The name of something in a database, or nothing. */
    static Scalar<String> databaseName() {
        return new Scalar<>(
                "name",
                text -> {
                    if (text.length() > 255 || text.chars().anyMatch(Character::isISOControl)) {
                        throw new BadValue("must be a name of at most 255 characters");
                    }
                    return text;
                },
                Function.identity());
    }

    /** The address of a database, or nothing. It may hold a password, so it is not shown, not even when it is wrong. */
    static Scalar<Secret> databaseUrl() {
        return new Scalar<>(
                "URL",
                text -> {
                    if (!text.isEmpty()) {
                        try {
                            DatabaseUrl.settings(text);
                        } catch (IllegalArgumentException e) {
                            throw new BadValue(
                                    "must be a URL such as postgres://user:password@host:5432/name, with special"
                                            + " characters of the password percent-encoded");
                        }
                    }
                    return new Secret(text);
                },
                Secret::toString);
    }

    /** A host name or an address, or nothing. */
    static Scalar<String> hostOrNothing() {
        Scalar<String> host = host();
        return new Scalar<>(
                host.unit(), text -> text.isEmpty() ? "" : host.parser().parse(text), Function.identity());
    }

    /** A directory; a leading {@code ~} is the home of the user that runs the server. */
    static Scalar<Path> directory() {
        return new Scalar<>(
                "directory",
                text -> {
                    if (text.isBlank()) {
                        throw new BadValue("must name a directory, is empty");
                    }
                    String home = System.getProperty("user.home", "");
                    String expanded = text.equals("~") || text.startsWith("~/") ? home + text.substring(1) : text;
                    try {
                        return Path.of(expanded);
                    } catch (InvalidPathException e) {
                        throw new BadValue("must name a directory, is '" + text + "'");
                    }
                },
                Path::toString);
    }

    static Scalar<String> host() {
        Pattern form = Pattern.compile("[A-Za-z0-9_.-]{1,253}|\\[?(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]{2,45}]?");
        return new Scalar<>(
                "host or address",
                text -> {
                    if (!form.matcher(text).matches()) {
                        throw new BadValue("must be a host name or an IP address without a port, is '" + text + "'");
                    }
                    return text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
                },
                Function.identity());
    }

    /** A host as a Host header names it: with a port or, for any port, without. */
    static Scalar<String> authority() {
        Pattern form = Pattern.compile("([A-Za-z0-9_.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}])(:\\d{1,5})?");
        return new Scalar<>(
                "host or host:port",
                text -> {
                    if (!form.matcher(text).matches()) {
                        throw new BadValue(
                                "must be a host such as mesh.example.com or mesh.example.com:8080, is '" + text + "'");
                    }
                    return text;
                },
                Function.identity());
    }

    /** One line of what may be called although it is not public. */
    static Scalar<String> outboundEntry() {
        return new Scalar<>(
                "host, host:port or range",
                text -> {
                    try {
                        OutboundAllow.of(text);
                        return text;
                    } catch (IllegalArgumentException e) {
                        throw new BadValue(
                                "must be a host such as search.internal, search.internal:8080, an address or a range such as"
                                        + " 10.0.0.0/8 or 10.0.0.0/8:8080, is '" + text + "'");
                    }
                },
                Function.identity());
    }

    /** An origin as browsers send it: scheme, host and, where it is not the scheme's own, port. */
    static Scalar<String> origin() {
        return new Scalar<>(
                "origin",
                text -> {
                    try {
                        URI uri = URI.create(text);
                        if (uri.getScheme() != null
                                && uri.getHost() != null
                                && uri.getRawUserInfo() == null
                                && uri.getRawPath().isEmpty()
                                && uri.getRawQuery() == null
                                && uri.getRawFragment() == null) {
                            return text;
                        }
                    } catch (IllegalArgumentException e) {
                        // falls through: the cure is the same as for a wrong form
                    }
                    throw new BadValue("must be an origin such as https://app.example.com, is '" + text + "'");
                },
                Function.identity());
    }

    private static <C extends Comparable<C>> void inRange(C value, C least, C most, String text) throws BadValue {
        if (value.compareTo(least) < 0) {
            throw new BadValue("must be at least " + least + ", is " + text);
        }
        if (value.compareTo(most) > 0) {
            throw new BadValue("must be at most " + most + ", is " + text);
        }
    }
}
