package dev.devmesh.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.Limits;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.postgres.PostgresSettings;
import dev.devmesh.task.TaskLimits;
import dev.devmesh.token.ExternalIssuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {

    private static final String SECRET = "hush-hush-hush-hush-hush-hush-hush";

    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();

    @Test
    void nothingGivenMeansTheDefaults() {
        LoadedConfiguration loaded =
                LoadedConfiguration.load(new ConfigurationSources(Optional.empty(), Map.of(), List.of()));

        Configuration configuration = loaded.configuration();
        assertThat(configuration.listeners())
                .isEqualTo(new Configuration.Listeners(
                        8080, Optional.of(8081), Optional.of(8082), Optional.of(6060), "127.0.0.1"));
        assertThat(configuration.limits()).isEqualTo(Limits.defaults());
        assertThat(configuration.rates().standard()).isEqualTo(new RateLimitPolicy("default", 60, 120));
        assertThat(configuration.rates().weights()).isEmpty();
        assertThat(configuration.rates().failedAuthentications()).isEqualTo(10);
        assertThat(configuration.rates().plans())
                .containsOnly(Map.entry("premium", new RateLimitPolicy("premium", 1_000, 2_000)));
        assertThat(configuration.sessionTtl()).isEqualTo(Duration.ofHours(24));
        assertThat(configuration.adminKey().isSet()).isFalse();
        assertThat(loaded.given()).isZero();
        assertThat(loaded.warnings()).isEmpty();
    }

    @Test
    void everyKindOfValueIsRead() {
        Configuration configuration = read("""
                log_level: DEBUG
                data_dir: ~/mesh
                listeners: { edge: 0, api: off, diagnostics: 6061, bind: "::1" }
                http:
                  idle_timeout: 5m
                  head_timeout: 3s
                  read_timeout: 500ms
                  write_timeout: 7s
                  max_body: 64KiB
                  allowed_origins:
                    - https://app.example.com
                    - http://localhost:3000
                  allowed_hosts: [mesh.example.com, "mesh.example.com:8080"]
                  trusted_proxies: [10.0.0.0/8, "::1"]
                  tls: { cert: cert.pem, key: key.pem }
                  drain_grace: 1s
                  drain_timeout: 2s
                websocket: { ping_interval: 1m, pong_timeout: 5s, write_timeout: 4s, max_message: 2MiB }
                mcp: { page_size: 50, session_ttl: 7d }
                audit: { calls: false, retention: 30d }
                rate_limiting:
                  default: { requests_per_minute: 10, burst: 20 }
                  api_keys:
                    premium: { burst: 5000 }
                    gold-2: { requests_per_minute: 30, burst: 40 }
                  tool_weights: [context_search=5, "a.B-c=10000"]
                  failed_authentication: 3
                tasks: { ttl: 1d, poll_interval: 2s, concurrency: 14 }
                outbound: { allow: ["ollama:11434", 10.0.0.0/8, "[fd00::1]:8080"] }
                limits:
                  connections: 7
                  connections_per_address: 6
                  body_bytes_in_flight: 128KiB
                  in_flight_per_key: 8
                  websockets_per_key: 10
                  subscriptions_per_key: 11
                  names_per_subscription: 12
                  tasks_per_key: 13
                  task_input: 2KiB
                  tool_concurrency: 9
                  blocking_calls: 15
                  tool_timeout: 1m
                  max_tool_timeout: 1h
                  request_timeout: 11s
                  tool_output: 2MiB
                """);

        assertThat(configuration.logLevel()).isEqualTo(LogLevel.DEBUG);
        assertThat(configuration.dataDir()).isEqualTo(Path.of(System.getProperty("user.home"), "mesh"));
        assertThat(configuration.listeners())
                .isEqualTo(new Configuration.Listeners(0, Optional.empty(), Optional.of(0), Optional.of(6061), "::1"));
        assertThat(configuration.http())
                .isEqualTo(new Configuration.Http(
                        Duration.ofSeconds(3),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(7),
                        Duration.ofMinutes(5),
                        DataSize.ofKibibytes(64),
                        List.of("https://app.example.com", "http://localhost:3000"),
                        List.of("mesh.example.com", "mesh.example.com:8080"),
                        List.of("10.0.0.0/8", "::1"),
                        Optional.of(new Configuration.Tls(Path.of("cert.pem"), Path.of("key.pem"))),
                        new Configuration.Drain(Duration.ofSeconds(1), Duration.ofSeconds(2)),
                        Optional.empty()));
        assertThat(configuration.webSocket())
                .isEqualTo(new Configuration.WebSocket(
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(4),
                        DataSize.ofMebibytes(2),
                        10));
        assertThat(configuration.limits())
                .isEqualTo(new Limits(
                        Duration.ofMinutes(1),
                        Duration.ofHours(1),
                        9,
                        2 << 20,
                        8,
                        50,
                        11,
                        12,
                        15,
                        Duration.ofSeconds(11),
                        new TaskLimits(Duration.ofDays(1), Duration.ofSeconds(2), 13, 2048, 14)));
        assertThat(configuration.sessionTtl()).isEqualTo(Duration.ofDays(7));
        assertThat(configuration.auditCalls()).isFalse();
        assertThat(configuration.auditRetention()).isEqualTo(Duration.ofDays(30));
        assertThat(configuration.outboundAllow()).containsExactly("ollama:11434", "10.0.0.0/8", "[fd00::1]:8080");
        assertThat(configuration.connections()).isEqualTo(7);
        assertThat(configuration.connectionsPerAddress()).isEqualTo(6);
        assertThat(configuration.bodyBytesInFlight()).isEqualTo(DataSize.ofKibibytes(128));
        assertThat(configuration.rates().standard()).isEqualTo(new RateLimitPolicy("default", 10, 20));
        assertThat(configuration.rates().plans())
                .containsOnly(
                        Map.entry("premium", new RateLimitPolicy("premium", 1_000, 5_000)),
                        Map.entry("gold-2", new RateLimitPolicy("gold-2", 30, 40)));
        assertThat(configuration.rates().weights()).isEqualTo(Map.of("context_search", 5, "a.B-c", 10_000));
        assertThat(configuration.rates().failedAuthentications()).isEqualTo(3);
    }

    @Test
    void allProblemsAreReportedAtOnceInTheOrderOfTheFile() {
        environment.put("LOG_LEVEL", "loud");
        String message = messageFor("""
                listeners:
                  edge: 70000
                limits:
                  tool_conccurrency: 5
                  connections: 0
                auth:
                  admin_key: ${NOT_SET}
                """);

        assertThat(message).isEqualTo("""
                        5 problems in devmesh.yaml and in the environment
                          line 2     listeners.edge             must be at most 65535, is 70000
                          line 4     limits.tool_conccurrency   unknown key; did you mean tool_concurrency?
                          line 5     limits.connections         must be at least 1, is 0
                          line 7     auth.admin_key             ${NOT_SET} is not set; export it or write ${NOT_SET:-default}
                          LOG_LEVEL  log_level                  must be one of error, warn, info, debug, trace, is 'loud'""");
    }

    @Test
    void oneProblemHasTheLayoutOfTheManual() {
        assertThat(messageFor("\n\nlisteners:\n  egde: 1\n"))
                .isEqualTo("1 problem in devmesh.yaml\n  line 4  listeners.egde   unknown key; did you mean edge?");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    listeners: { edge: -1 }                        | must be at least 0, is -1
                    listeners: { edge: http }                      | must be a whole number, is 'http'
                    listeners: { edge: 80.5 }                      | must be a whole number, is '80.5'
                    listeners: { edge: 99999999999999999999 }      | must be a whole number, is '99999999999999999999'
                    listeners: { edge: [1] }                       | must be a single value, is a list
                    listeners: { edge: { a: 1 } }                  | must be a single value, is a section
                    listeners: { bind: "127.0.0.1:80" }            | must be a host name or an IP address without a port, is '127.0.0.1:80'
                    listeners: 8080                                | is a section; write its keys below it: edge, api, management, diagnostics, bind
                    http: { idle_timeout: 30 }                     | must be a duration such as 500ms, 30s, 5m, 24h or 30d, is '30'
                    http: { idle_timeout: 30d }                    | must be at most 1d, is 30d
                    http: { idle_timeout: 1ms }                    | must be at least 1s, is 1ms
                    http: { max_body: 10MB }                       | must be a size such as 512B, 64KiB or 10MiB, is '10MB'
                    http: { max_body: 2GiB }                       | must be at most 1GiB, is 2GiB
                    http: { allowed_origins: [app.example.com] }   | must be an origin such as https://app.example.com, is 'app.example.com'
                    http: { allowed_origins: [[a]] }               | must be a list of single values
                    http: { allowed_hosts: [http://a] }            | must be a host such as mesh.example.com or mesh.example.com:8080, is 'http://a'
                    listeners: { api: none }                       | must be a port or off, is 'none'
                    listeners: { management: 65536 }               | must be at most 65535, is 65536
                    outbound: { allow: ["http://a"] }              | must be a host such as search.internal, search.internal:8080, an address or a range such as 10.0.0.0/8 or 10.0.0.0/8:8080, is 'http://a'
                    http: { trusted_proxies: [proxy.example] }     | must be an address or a range such as 10.0.0.0/8, is 'proxy.example'
                    http: { tls: { cert: a.pem } }                 | needs http.tls.key, too
                    http: { drain_grace: 30s }                     | must be at most http.drain_timeout, 25s, is 30s
                    http: { drain_timeout: 1s }                    | must be at least http.drain_grace, 5s, is 1s
                    log_level: verbose                             | must be one of error, warn, info, debug, trace, is 'verbose'
                    data_dir: ""                                   | must name a directory, is empty
                    limits: { tool_timeout: 10m }                  | must be at most limits.max_tool_timeout, 300s, is 10m
                    limits: { max_tool_timeout: 10s }              | must be at least limits.tool_timeout, 30s, is 10s
                    limits: { tool_output: 3GiB }                  | must be at most 1GiB, is 3GiB
                    limits: { conections: 3 }                      | unknown key; did you mean connections?
                    edge: 3                                        | unknown key; did you mean listeners.edge?
                    mcp: { nonsense: 3 }                           | unknown key; known here: page_size, session_secret, session_ttl
                    mcp: { session_ttl: 30s }                      | must be at least 60s, is 30s
                    audit: { retention: 1h }                       | must be at least 1d, is 1h
                    audit: { calls: 1 }                            | must be true or false, is '1'
                    mcp: { session_ttl: 31d }                      | must be at most 30d, is 31d
                    redis: { addr: x }                             | not available in this version; remove it
                    worker:                                        | not available in this version; remove it
                    limits: { body_bytes_in_flight: 1MiB }         | must be at least http.max_body, 10MiB, is 1MiB
                    http: { max_body: 512MiB }                     | must be at most limits.body_bytes_in_flight, 256MiB, is 512MiB
                    websocket: { ping_intervall: 30s }             | unknown key; did you mean ping_interval?
                    websocket: { max_message: 1B }                 | must be at least 1KiB, is 1B
                    rate_limiting: { api_keys: { gold: { burst: 2 } } } | is missing; a plan needs requests_per_minute and burst
                    rate_limiting: { api_keys: { Gold: { burst: 2 } } } | must be a name of a-z, 0-9, _ and -, at most 32
                    rate_limiting: { api_keys: { unlimited: { burst: 2, requests_per_minute: 2 } } } | is the plan without limits; choose another name
                    rate_limiting: { tool_weights: [context_search] } | must be the name of a tool and a number such as context_search=5, is 'context_search'
                    rate_limiting: { tool_weights: [add=0] } | must be at least 1, is 0
                    rate_limiting: { tool_weights: [add=1, add=2] } | names add twice
                    rate_limiting: { api_keys: { default: { burst: 2, requests_per_minute: 2 } } } | is set by rate_limiting.default; move it there
                    auth: { admin_key: hush-hush }                 | must be 32 to 512 printable characters without spaces; openssl rand -hex 32 makes one
                    auth: { jwt: { secret: changeme } }            | must be a strong secret of at least 32 bytes that is nobody's sample; openssl rand -base64 48 makes one, and without any, mcp.session_secret stands in
                    auth: { jwt: { secret: dev-jwt-secret-minimum-32-characters } } | must be a strong secret of at least 32 bytes that is nobody's sample; openssl rand -base64 48 makes one, and without any, mcp.session_secret stands in
                    auth: { jwt: { algorithm: none } }             | must be one of HS256, RS256, ES256, EdDSA, is 'none'
                    auth: { jwt: { algorithm: RS256 } }            | is RS256, which needs auth.jwt.private_key, too
                    auth: { jwt: { private_key: key.pem } }        | is for RS256, ES256 and EdDSA, and auth.jwt.algorithm is HS256
                    auth: { jwt: { issuer: "" } }                  | must not be empty
                    auth: { jwt: { access_ttl: 2h } }              | must be at most 1h, is 2h
                    auth: { jwt: { refresh_ttl: 31d } }            | must be at most 30d, is 31d
                    auth: { jwt: { refresh_ttl: 1m } }             | must be at least auth.jwt.access_ttl, 15m, is 60s
                    auth: { jwt: { leeway: 10m } }                 | must be at most 300s, is 10m
                    data_dir: "${A"                                | has a ${ without its }; write $${ for the characters themselves
                    data_dir: "${A B}"                             | has a reference that cannot be read; write ${NAME} or ${NAME:-default}
                    data_dir: ${A:-${B}}                           | has a reference that cannot be read; write ${NAME} or ${NAME:-default}
                    """)
    void aBadValueIsNamedWithWhatWouldBeGood(String yaml, String problem) {
        InvalidConfiguration invalid = invalid(yaml);

        assertThat(invalid.problems()).singleElement().satisfies(found -> {
            assertThat(found.text()).isEqualTo(problem);
            assertThat(found.place()).isEqualTo("line 1");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    'log_level: info\n\tdata_dir: x'          | 2 | is not YAML
                    'listeners: { edge: ${PORT} }'            | 1 | within { } write "${NAME}" in quotes
                    'log_level: "info'                        | 1 | is not YAML
                    '- log_level'                             | 1 | must hold keys and values
                    'log_level: info\n---\nlog_level: warn'   | 3 | holds a second document
                    'log_level: *level'                       | 1 | aliases (*name) are not supported
                    'log_level: !!str info'                   | 1 | tags (!name) are not supported
                    'listeners:\n  <<: *other'                | 2 | merge keys (<<) are not supported
                    'a: [[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]' | 1 | is nested deeper than any key
                    """)
    void whatIsNotPlainYamlIsRefusedWithItsLine(String yaml, int line, String reason) {
        Problem problem = invalid(yaml.replace("\\n", "\n").replace("\\t", "\t"))
                .problems()
                .get(0);

        assertThat(problem.text()).contains(reason);
        assertThat(problem.origin()).isEqualTo(new Origin.FileLine("devmesh.yaml", line));
        assertThat(problem.path()).isEqualTo("yaml");
    }

    @Test
    void aKeyGivenTwiceIsAProblem() {
        assertThat(messageFor("log_level: info\nmcp:\n  page_size: 1\nlog_level: warn\nmcp:\n  page_size: 2\n"))
                .contains("line 4  log_level   is given twice, first in line 1")
                .contains("line 5  mcp         is given twice, first in line 2");
    }

    @Test
    void anEmptyFileAndAnEmptySectionMeanTheDefaults() {
        assertThat(read(""))
                .isEqualTo(read("# nothing\n"))
                .isEqualTo(read("listeners:\nmcp:\n  page_size:\nlog_level: null"));
    }

    @Test
    void aTextThatLooksLikeAnotherTypeStaysText() {
        assertThat(read("auth: { admin_key: 01234567890123456789012345678901 }")
                        .adminKey()
                        .reveal())
                .isEqualTo("01234567890123456789012345678901");
        assertThat(read("data_dir: 1e3").dataDir()).isEqualTo(Path.of("1e3"));
        assertThat(read("data_dir: true").dataDir()).isEqualTo(Path.of("true"));
    }

    @Test
    void referencesAreReplacedWithinValues() {
        environment.put("PORT", "9");
        environment.put("EMPTY", "");
        environment.put("SECRET", "${PORT}" + "x".repeat(32));

        Configuration configuration = read("""
                listeners: { edge: "1${PORT}0" }
                data_dir: /${EMPTY:-a}/${NOT_SET:-b}/${EMPTY}c/$${PORT}
                auth:
                  admin_key: ${SECRET}
                http:
                  allowed_hosts: ["${NOT_SET:-a.example}", b.example]
                """);

        assertThat(configuration.listeners().edge()).isEqualTo(190);
        assertThat(configuration.dataDir()).isEqualTo(Path.of("/a/b/c/${PORT}"));
        assertThat(configuration.adminKey().reveal()).isEqualTo("${PORT}" + "x".repeat(32));
        assertThat(configuration.http().allowedHosts()).containsExactly("a.example", "b.example");
    }

    @Test
    void theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() {
        String yaml = "listeners: { edge: 1, bind: 127.0.0.2 }\nlog_level: warn\nlimits: { connections: 5 }\n";
        environment.put("DEVMESH_LISTENERS_EDGE", "2");
        environment.put("DEVMESH_LISTENERS_BIND", "127.0.0.3");
        environment.put("LOG_LEVEL", "error");

        LoadedConfiguration loaded =
                load(yaml, List.of(new ConfigurationSources.Override("--port", "listeners.edge", "3")));

        assertThat(loaded.configuration().listeners())
                .isEqualTo(new Configuration.Listeners(
                        3, Optional.of(8081), Optional.of(8082), Optional.of(6060), "127.0.0.3"));
        assertThat(loaded.configuration().logLevel()).isEqualTo(LogLevel.ERROR);
        assertThat(loaded.given()).isEqualTo(4);
        assertThat(loaded.listing())
                .containsPattern("listeners.edge +3 +--port\\R")
                .containsPattern("listeners.bind +127.0.0.3 +DEVMESH_LISTENERS_BIND\\R")
                .containsPattern("log_level +error +LOG_LEVEL\\R")
                .containsPattern("limits.connections +5 +devmesh.yaml line 3\\R")
                .containsPattern("mcp.page_size +1000 +default\\R");
    }

    @Test
    void theVariableThatIsOnlyOursWinsOverTheUsualOne() {
        environment.put("LOG_LEVEL", "error");
        environment.put("DEVMESH_LOG_LEVEL", "trace");

        assertThat(read("").logLevel()).isEqualTo(LogLevel.TRACE);
    }

    @Test
    void aVariableThatIsSetToNothingCountsAsNotSet() {
        environment.put("LOG_LEVEL", "");
        environment.put("DEVMESH_LISTENERS_EDGE", "");

        assertThat(read("log_level: warn").logLevel()).isEqualTo(LogLevel.WARN);
    }

    @Test
    void listsAndPlansCanComeFromTheEnvironment() {
        environment.put("DEVMESH_HTTP_ALLOWED_ORIGINS", "https://a.example, https://b.example");
        environment.put("DEVMESH_RATE_LIMITING_API_KEYS_PREMIUM_BURST", "7");
        environment.put("DEVMESH_RATE_LIMITING_API_KEYS_GOLD_2_BURST", "9");
        environment.put("DEVMESH_RATE_LIMITING_API_KEYS_NEW_BURST", "3");
        environment.put("DEVMESH_RATE_LIMITING_API_KEYS_NEW_REQUESTS_PER_MINUTE", "4");

        Configuration configuration =
                read("rate_limiting: { api_keys: { gold-2: { requests_per_minute: 1, burst: 1 } } }");

        assertThat(configuration.http().allowedOrigins()).containsExactly("https://a.example", "https://b.example");
        assertThat(configuration.rates().plans())
                .containsOnly(
                        Map.entry("premium", new RateLimitPolicy("premium", 1_000, 7)),
                        Map.entry("gold-2", new RateLimitPolicy("gold-2", 1, 9)),
                        Map.entry("new", new RateLimitPolicy("new", 4, 3)));
    }

    @Test
    void aBadValueInTheFileIsAProblemEvenWhenTheEnvironmentOverridesIt() {
        environment.put("DEVMESH_LISTENERS_EDGE", "9000");

        assertThat(messageFor("listeners: { edge: many }")).contains("line 1  listeners.edge   must be a whole number");
    }

    @Test
    void problemsOfTheCommandLineNameTheOption() {
        InvalidConfiguration invalid = catchThrowableOfType(
                InvalidConfiguration.class,
                () -> LoadedConfiguration.load(new ConfigurationSources(
                        Optional.empty(),
                        Map.of(),
                        List.of(new ConfigurationSources.Override("--port", "listeners.edge", "99999")))));

        assertThat(invalid)
                .hasMessage(
                        "1 problem on the command line\n  --port  listeners.edge   must be at most 65535, is 99999");
    }

    @Test
    void issuersAreAListOfSections() {
        Configuration configuration = read("""
                http: { public_url: "https://Mesh.example.com" }
                auth:
                  issuers:
                    - issuer: https://login.example.com
                      jwks_url: https://login.example.com/keys
                    - { issuer: "https://id.example.org/", jwks_url: "https://id.example.org/jwks", audience: [mesh, other],
                        algorithms: "EdDSA", tenant_claim: org, plan: premium }
                """);

        assertThat(configuration.http().publicUrl()).contains("https://mesh.example.com");
        assertThat(configuration.issuers())
                .containsExactly(
                        ExternalIssuer.of(
                                "https://login.example.com",
                                "https://login.example.com/keys",
                                "https://mesh.example.com",
                                "https://mesh.example.com/mcp"),
                        ExternalIssuer.of("https://id.example.org/", "https://id.example.org/jwks", "mesh", "other")
                                .algorithms("EdDSA")
                                .tenantClaim("org")
                                .plan("premium"));
        assertThat(load(
                                "auth: { issuers: [ { issuer: \"https://a\", jwks_url: \"https://a/k\", audience: m } ] }",
                                List.of())
                        .listing())
                .containsPattern("auth\\.issuers\\[0]\\.issuer +https://a +devmesh\\.yaml line 1");
    }

    @Test
    void everythingThatIsWrongWithAnIssuerIsNamedWithItsLine() {
        assertThat(messageFor("""
                auth:
                  issuers:
                    - issuer: login.example.com
                      jwks_uri: https://login.example.com/keys
                      algorithms: [RS256, HS256]
                    - issuer: https://a.example.com
                      jwks_url: https://a.example.com/keys
                      tenant: acme
                      tenant_claim: org
                    - https://b.example.com
                    - issuer: https://a.example.com
                      jwks_url: https://a.example.com/keys?x=1
                      audience: mesh
                      jwks_url: https://a.example.com/keys
                """))
                .contains(
                        "line 3   auth.issuers[0].issuer         must be an address such as https://login.example.com, without a user",
                        "line 3   auth.issuers[0].jwks_url       is missing",
                        "line 4   auth.issuers[0].jwks_uri       unknown key; did you mean jwks_url?",
                        "line 5   auth.issuers[0].algorithms     must be one of RS256",
                        "line 6   auth.issuers[1].audience       is missing; name what its tokens are for",
                        "line 9   auth.issuers[1].tenant_claim   is given beside tenant; leave one out",
                        "line 10  auth.issuers[2]                must hold keys and values: issuer, jwks_url, audience",
                        "line 12  auth.issuers[2].jwks_url       must be an address such as",
                        "line 14  auth.issuers[2].jwks_url       is given twice, first in line 12");
        assertThat(messageFor("auth: { issuers: https://login.example.com }"))
                .contains("auth.issuers   is a list; write - before each entry, which has issuer");
        assertThat(messageFor("""
                auth:
                  issuers:
                    - { issuer: "https://a", jwks_url: "https://a/k", audience: m }
                    - { issuer: "https://a", jwks_url: "https://a/k", audience: m }
                """))
                .contains("line 4  auth.issuers[1].issuer   is the same as that of auth.issuers[0].issuer");
    }

    @Test
    void variablesWithoutEffectAreWarnedOf() {
        environment.put("DEVMESH_LISTENER_EDGE", "1");
        environment.put("DEVMESH_REDIS_PASSWORD", "secret");
        environment.put("REDIS_ADDR", "cache:6379");
        environment.put("DEVMESH_URL", "http://127.0.0.1:8080");
        environment.put("DEVMESH_API_KEY", "k");
        environment.put("DEVMESH_ADMIN_KEY", "k".repeat(32));
        environment.put("PATH", "/bin");

        assertThat(load("", List.of()).warnings())
                .containsExactly(
                        "DEVMESH_LISTENER_EDGE has no effect: no such key; did you mean DEVMESH_LISTENERS_EDGE?",
                        "DEVMESH_REDIS_PASSWORD has no effect: redis is not available in this version",
                        "REDIS_ADDR has no effect: redis is not available in this version");
    }

    @Test
    void secretsAreMaskedWhereverAConfigurationIsShown() {
        environment.put("DEVMESH_ADMIN_KEY", SECRET);

        LoadedConfiguration loaded = load("", List.of());

        assertThat(loaded.configuration().adminKey().reveal()).isEqualTo(SECRET);
        assertThat(loaded.configuration().toString()).contains("***").doesNotContain("hush");
        assertThat(loaded.listing())
                .containsPattern("auth.admin_key +\\*\\*\\* +DEVMESH_ADMIN_KEY\\R")
                .doesNotContain("hush");
    }

    @Test
    void aSecretNeverAppearsInTheReasonWhyAFileIsNotYaml() {
        assertThat(messageFor("auth: { admin_key: \"hush-hush }\n")).doesNotContain("hush");
    }

    @Test
    void aProblemStaysOnOneLineOfBoundedLength() {
        Problem problem = invalid("log_level: \"a\\nb\\e[31m" + "x".repeat(1_000) + "\"")
                .problems()
                .get(0);

        assertThat(problem.text()).doesNotContain("\n", "\u001b").hasSizeLessThan(310);
    }

    @Test
    void aFileThatCannotBeReadIsAFailureOfUsage() throws IOException {
        Path file = directory.resolve("devmesh.yaml");
        ConfigurationSources sources = new ConfigurationSources(
                Optional.of(new ConfigurationSources.File("devmesh.yaml", file)), Map.of(), List.of());

        assertThatThrownBy(() -> LoadedConfiguration.load(sources)).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(failure.line())
                    .isEqualTo("devmesh.yaml does not exist; fix: devmesh config template > devmesh.yaml");
        });

        Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xFF});
        assertThatThrownBy(() -> LoadedConfiguration.load(sources)).hasMessage("devmesh.yaml is not UTF-8");

        Files.writeString(file, "# " + "x".repeat(1 << 20));
        assertThatThrownBy(() -> LoadedConfiguration.load(sources)).hasMessage("devmesh.yaml is larger than 1 MiB");

        Files.delete(file);
        Files.createDirectory(file);
        assertThatThrownBy(() -> LoadedConfiguration.load(sources)).hasMessage("devmesh.yaml cannot be read");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    postgres://app:p%40ss%2Fw+rd@db:5433/mesh?sslmode=require | jdbc:postgresql://db:5433/mesh?sslmode=require | app  | p@ss/w+rd
                    postgresql://app@db/mesh                                  | jdbc:postgresql://db/mesh                      | app  | ''
                    postgres://db1:5432,db2:5432/mesh                         | jdbc:postgresql://db1:5432,db2:5432/mesh       | ''   | ''
                    jdbc:postgresql://db:5432/mesh?ssl=true                   | jdbc:postgresql://db:5432/mesh?ssl=true        | ''   | ''
                    jdbc:postgresql://app:hush@db/mesh                        | jdbc:postgresql://db/mesh                      | app  | hush
                    """)
    void theUsualFormsOfADatabaseUrlAreUnderstood(String given, String url, String user, String password) {
        environment.put("DATABASE_URL", given);

        PostgresSettings settings = read("").database().orElseThrow().settings();

        assertThat(settings.url()).isEqualTo(url);
        assertThat(settings.user()).isEqualTo(user);
        assertThat(settings.password()).isEqualTo(password);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hush",
                "mysql://app:hush@db/mesh",
                "postgres://app:hush%zz@db/mesh",
                "postgres:///hush",
                "jdbc:postgresql:hush"
            })
    void aDatabaseUrlThatIsNoneIsRefusedWithoutBeingShown(String url) {
        environment.put("DATABASE_URL", url);

        assertThat(messageFor(""))
                .contains("DATABASE_URL", "must be a URL such as")
                .doesNotContain("hush");
    }

    @Test
    void aDatabaseIsDescribedByPartsToo() {
        Configuration.Database database = read("""
                        database:
                          host: "::1"
                          name: my mesh
                          username: app
                          password: hush
                          owner: { username: boss, password: hush too }
                          pool_size: 4
                          conn_max_lifetime: 10m
                          query_timeout: 5s
                          acquire_timeout: 1s
                          leak_detection: 0s
                          startup_wait: 2m
                        """).database().orElseThrow();

        assertThat(database.startupWait()).isEqualTo(Duration.ofMinutes(2));
        assertThat(database.settings())
                .isEqualTo(PostgresSettings.of("jdbc:postgresql://[::1]:5432/my+mesh")
                        .user("app", "hush")
                        .owner("boss", "hush too")
                        .poolSize(4)
                        .maxLifetime(Duration.ofMinutes(10))
                        .queryTimeout(Duration.ofSeconds(5))
                        .acquireTimeout(Duration.ofSeconds(1))
                        .leakDetection(Duration.ZERO));
        assertThat(database.toString()).doesNotContain("hush");
        assertThat(read("database: { pool_size: 20 }").database()).isEmpty();
    }

    @Test
    void thePasswordOfADatabaseIsShownNowhere() {
        environment.put("DATABASE_URL", "postgres://app:hush@db/mesh");
        environment.put("DEVMESH_DATABASE_PASSWORD", "hush-again");

        LoadedConfiguration loaded = load("database: { owner: { username: boss, password: hush-too } }\n", List.of());

        assertThat(loaded.listing())
                .containsPattern("database.url +\\*\\*\\* +DATABASE_URL")
                .doesNotContain("hush");
        assertThat(loaded.configuration().toString()).doesNotContain("hush");
        assertThat(loaded.configuration().database().orElseThrow().settings().password())
                .isEqualTo("hush-again");
    }

    @Test
    void whatContradictsItselfAboutADatabaseIsNamed() {
        assertThat(messageFor("database: { url: 'postgres://db/x', host: db }\n"))
                .contains("database.host", "is given beside database.url (devmesh.yaml line 1); leave one out");
        assertThat(messageFor("database: { host: db, pool_size: 20, max_connections: 10 }\n"))
                .contains("database.pool_size", "must be at most database.max_connections, 10, is 20");
        assertThat(messageFor("database: { url: 'jdbc:postgresql://db/x?user=a&password=hush', username: b }\n"))
                .contains("database.url", "names a user or a password as a parameter")
                .doesNotContain("hush");
    }

    @Test
    void theTemplateHoldsEveryKeyAndMeansTheDefaults() {
        String template = ConfigurationReference.template();

        assertThat(read(template)).isEqualTo(read(""));
        assertThat(load(template, List.of()).listing().lines())
                .allMatch(line -> line.contains("devmesh.yaml line "), "comes from the file");
    }

    private Configuration read(String yaml) {
        return load(yaml, List.of()).configuration();
    }

    private String messageFor(String yaml) {
        return String.valueOf(invalid(yaml).getMessage());
    }

    private InvalidConfiguration invalid(String yaml) {
        return catchThrowableOfType(InvalidConfiguration.class, () -> read(yaml));
    }

    private LoadedConfiguration load(String yaml, List<ConfigurationSources.Override> overrides) {
        Path file = directory.resolve("devmesh.yaml");
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return LoadedConfiguration.load(new ConfigurationSources(
                Optional.of(new ConfigurationSources.File("devmesh.yaml", file)), environment, overrides));
    }
}
