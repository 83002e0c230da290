package dev.devmesh.launcher.config;

import static dev.devmesh.launcher.config.DataSize.ofKibibytes;
import static dev.devmesh.launcher.config.DataSize.ofMebibytes;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.devmesh.auth.Secret;
import dev.devmesh.auth.Tenant;
import dev.devmesh.token.ExternalIssuer;
import dev.devmesh.token.TokenAlgorithm;
import dev.devmesh.token.TokenSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The table of all keys: the one place where a key is declared. Its order is the order of the manual. */
final class Settings {

    static final Setting<LogLevel> LOG_LEVEL = Setting.of(
                    "log_level", ValueType.choice(LogLevel.class), "info", "How much the log on standard error says.")
            .orFrom("LOG_LEVEL");

    static final Setting<Path> DATA_DIR = Setting.of(
            "data_dir",
            ValueType.directory(),
            "~/.devmesh",
            "Where the server keeps its own files, such as the administrator's key.");

    static final Setting<Integer> EDGE = Setting.of(
            "listeners.edge",
            ValueType.integer(0, 65_535),
            "8080",
            "The port for clients. 0 picks a free one, also for those of the others that are left at their default.");

    static final Setting<Optional<Integer>> API = Setting.of(
            "listeners.api",
            ValueType.portOrOff(),
            "8081",
            "The port for the REST API and health without MCP, or off.");

    static final Setting<Optional<Integer>> MANAGEMENT = Setting.of(
            "listeners.management",
            ValueType.portOrOff(),
            "8082",
            "The port for metrics and health, or off. It asks nobody for a credential and speaks plain HTTP.");

    static final Setting<Optional<Integer>> DIAGNOSTICS = Setting.of(
            "listeners.diagnostics",
            ValueType.portOrOff(),
            "6060",
            "The port for looking into the process, or off; always on a loopback address.");

    static final Setting<String> BIND = Setting.of(
            "listeners.bind",
            ValueType.host(),
            "127.0.0.1",
            "The address of the other listeners; 0.0.0.0 is every IPv4 address of the machine.");

    static final Setting<Duration> HEAD_TIMEOUT = Setting.of(
            "http.head_timeout",
            ValueType.duration(ofMillis(100), ofHours(1)),
            "10s",
            "How long the head of a request may take to arrive, from its first byte on.");

    static final Setting<Duration> READ_TIMEOUT = Setting.of(
            "http.read_timeout",
            ValueType.duration(ofMillis(100), ofHours(1)),
            "30s",
            "How long the body of one request may take to arrive; after 5 s it must also have brought 1 kB a second.");

    static final Setting<Duration> IDLE_TIMEOUT = Setting.of(
            "http.idle_timeout",
            ValueType.duration(ofSeconds(1), ofHours(24)),
            "60s",
            "A connection without a request for this long is closed; an open stream counts as one.");

    static final Setting<Duration> WRITE_TIMEOUT = Setting.of(
            "http.write_timeout",
            ValueType.duration(ofMillis(100), ofHours(1)),
            "30s",
            "How long a client may take next to nothing of what it is sent; then it is cut off.");

    static final Setting<DataSize> MAX_BODY = Setting.of(
            "http.max_body",
            ValueType.size(ofKibibytes(1), ofMebibytes(1024)),
            "10MiB",
            "The largest request body, a larger one is answered with 413; and the longest line over stdio.");

    static final Setting<List<String>> ALLOWED_ORIGINS = Setting.of(
            "http.allowed_origins",
            new ValueType.ListOf<>(ValueType.origin()),
            "",
            "Origins of web pages that may call, beside those of the server itself.");

    static final Setting<List<String>> ALLOWED_HOSTS = Setting.of(
            "http.allowed_hosts",
            new ValueType.ListOf<>(ValueType.authority()),
            "",
            "Hosts under which the server may be called: on loopback beside the local names, elsewhere any when empty.");

    static final Setting<List<String>> TRUSTED_PROXIES = Setting.of(
            "http.trusted_proxies",
            new ValueType.ListOf<>(ValueType.addressRange()),
            "",
            "Proxies that may say for whom they call (X-Forwarded-For, X-Forwarded-Proto, Forwarded), as addresses or ranges.");

    static final Setting<String> PUBLIC_URL = Setting.of(
            "http.public_url",
            ValueType.originOrNothing(),
            "",
            "What clients call the server by, such as https://mesh.example.com, for what it tells OAuth clients; the address that they"
                    + " reached when empty.");

    static final Setting<Optional<Path>> TLS_CERT = Setting.of(
            "http.tls.cert",
            ValueType.file(),
            "",
            "A PEM file with the server's certificate and those that vouch for it; looked at again every 10 s.");

    static final Setting<Optional<Path>> TLS_KEY =
            Setting.of("http.tls.key", ValueType.file(), "", "A PEM file with its key: PKCS 8, not encrypted.");

    static final Setting<Duration> DRAIN_GRACE = Setting.of(
            "http.drain_grace",
            ValueType.duration(ofMillis(0), ofMinutes(10)),
            "5s",
            "How long a server that was told to stop goes on accepting while readiness says no; with --dev not at all.");

    static final Setting<Duration> DRAIN_TIMEOUT = Setting.of(
            "http.drain_timeout",
            ValueType.duration(ofMillis(0), ofHours(1)),
            "25s",
            "How long all of that may take, the grace and what is under way; then it is broken off.");

    static final Setting<Duration> PING_INTERVAL = Setting.of(
            "websocket.ping_interval",
            ValueType.duration(ofMillis(100), ofHours(1)),
            "30s",
            "How long the client of a WebSocket may be quiet before it is sent a ping.");

    static final Setting<Duration> PONG_TIMEOUT = Setting.of(
            "websocket.pong_timeout",
            ValueType.duration(ofMillis(100), ofHours(1)),
            "10s",
            "How long it may stay quiet after a ping; then the connection is dropped.");

    static final Setting<Duration> WEBSOCKET_WRITE_TIMEOUT = Setting.of(
            "websocket.write_timeout",
            ValueType.duration(ofMillis(100), ofHours(1)),
            "10s",
            "How long it may leave its connection full; then it is closed with 1013.");

    static final Setting<DataSize> MAX_MESSAGE = Setting.of(
            "websocket.max_message",
            ValueType.size(ofKibibytes(1), ofMebibytes(1024)),
            "1MiB",
            "The largest message taken from a WebSocket; a larger one closes it with 1009.");

    static final Setting<Integer> PAGE_SIZE = Setting.of(
            "mcp.page_size", ValueType.integer(1, 10_000), "1000", "How many entries one page of a listing holds.");

    static final Setting<Secret> SESSION_SECRET = Setting.of(
            "mcp.session_secret",
            ValueType.secret(),
            "",
            "What seals sessions and the state of calls that ask: the same on every node. Random at each start when empty; with a"
                    + " database it must be set.");

    static final Setting<Duration> SESSION_TTL = Setting.of(
            "mcp.session_ttl",
            ValueType.duration(ofMinutes(1), ofDays(30)),
            "24h",
            "How long the session of a client over HTTP lasts, whatever it does; the client then begins another one.");

    static final Setting<Boolean> AUDIT_CALLS = Setting.of(
            "audit.calls",
            ValueType.truth(),
            "true",
            "Whether every call of a tool is kept there; otherwise only those that failed or were denied.");

    static final Setting<Duration> AUDIT_RETENTION = Setting.of(
            "audit.retention",
            ValueType.duration(ofDays(1), ofDays(36_500)),
            "90d",
            "How long it is kept who did what.");

    static final Setting<Secret> DATABASE_URL = Setting.of(
                    "database.url",
                    ValueType.databaseUrl(),
                    "",
                    "The PostgreSQL database that keeps everything: postgres://user:password@host:5432/name?parameters,"
                            + " several hosts with commas, or a JDBC URL. In memory when this and the host are empty.")
            .orFrom("DATABASE_URL");

    static final Setting<String> DATABASE_HOST =
            Setting.of("database.host", ValueType.hostOrNothing(), "", "Its host, where database.url is empty.");

    static final Setting<Integer> DATABASE_PORT =
            Setting.of("database.port", ValueType.integer(1, 65_535), "5432", "Its port there.");

    static final Setting<String> DATABASE_NAME =
            Setting.of("database.name", ValueType.databaseName(), "devmesh", "The name of the database there.");

    static final Setting<String> DATABASE_USERNAME = Setting.of(
            "database.username", ValueType.databaseName(), "", "Who logs in; wins over the user of database.url.");

    static final Setting<Secret> DATABASE_PASSWORD = Setting.of(
            "database.password", ValueType.password(), "", "The password; wins over the one of database.url.");

    static final Setting<String> DATABASE_OWNER = Setting.of(
            "database.owner.username",
            ValueType.databaseName(),
            "",
            "Who logs in to migrate the schema and owns it, where that is somebody else.");

    static final Setting<Secret> DATABASE_OWNER_PASSWORD =
            Setting.of("database.owner.password", ValueType.password(), "", "The owner's password.");

    static final Setting<Integer> DATABASE_POOL_SIZE = Setting.of(
            "database.pool_size",
            ValueType.integer(1, 1_000),
            "10",
            "How many connections this process opens at most, beside one for its health.");

    static final Setting<Integer> DATABASE_MAX_IDLE = Setting.of(
            "database.max_idle_connections",
            ValueType.integer(0, 1_000),
            "10",
            "How many of them it keeps while nobody uses them; never more than database.pool_size.");

    static final Setting<Integer> DATABASE_MAX_CONNECTIONS = Setting.of(
            "database.max_connections",
            ValueType.integer(1, 100_000),
            "200",
            "How many connections all nodes together may open; database.pool_size must fit in.");

    static final Setting<Duration> DATABASE_MAX_LIFETIME = Setting.of(
            "database.conn_max_lifetime",
            ValueType.duration(ofSeconds(30), ofDays(1)),
            "5m",
            "How old a connection gets before another one takes its place.");

    static final Setting<Duration> DATABASE_ACQUIRE_TIMEOUT = Setting.of(
            "database.acquire_timeout",
            ValueType.duration(ofMillis(250), ofMinutes(1)),
            "3s",
            "How long a request waits for a connection; then it is answered with 503.");

    static final Setting<Duration> DATABASE_QUERY_TIMEOUT = Setting.of(
            "database.query_timeout",
            ValueType.duration(ofMillis(100), ofHours(1)),
            "30s",
            "How long one statement may take; then it is answered with 504.");

    static final Setting<Duration> DATABASE_LEAK_DETECTION = Setting.of(
            "database.leak_detection",
            ValueType.duration(ofMillis(0), ofHours(1)),
            "20s",
            "Who holds a connection for longer is logged with what it is doing; 0s for never.");

    static final Setting<Duration> DATABASE_STARTUP_WAIT = Setting.of(
            "database.startup_wait",
            ValueType.duration(ofMillis(0), ofHours(1)),
            "60s",
            "How long a starting server waits for a database that cannot be reached.");

    static final Setting<Secret> ADMIN_KEY = Setting.of(
                    "auth.admin_key",
                    ValueType.secret(),
                    "",
                    "The administrator's API key; when empty, one is minted into the file admin-key in data_dir, once for a database.")
            .orFrom("DEVMESH_ADMIN_KEY");

    static final Setting<Secret> JWT_SECRET = Setting.of(
                    "auth.jwt.secret",
                    ValueType.tokenSecret(),
                    "",
                    "What signs tokens by HS256: the same on every node. When empty, a key derived from mcp.session_secret does.")
            .orFrom("JWT_SECRET");

    static final Setting<TokenAlgorithm> JWT_ALGORITHM = Setting.of(
            "auth.jwt.algorithm",
            ValueType.tokenAlgorithm(),
            "HS256",
            "How tokens are signed. All but HS256 need auth.jwt.private_key.");

    static final Setting<Optional<Path>> JWT_PRIVATE_KEY = Setting.of(
            "auth.jwt.private_key",
            ValueType.file(),
            "",
            "A PEM file with the key for RS256, ES256 or EdDSA: PKCS 8, not encrypted; save for RSA with the public key behind it.");

    static final Setting<String> JWT_ISSUER = Setting.of(
            "auth.jwt.issuer",
            ValueType.name(),
            "devmesh",
            "Who tokens say made them; tokens of another are not ours.");

    static final Setting<String> JWT_AUDIENCE = Setting.of(
            "auth.jwt.audience", ValueType.name(), "", "Whom tokens say they are meant for; the issuer when empty.");

    static final Setting<Duration> JWT_ACCESS_TTL = Setting.of(
            "auth.jwt.access_ttl",
            ValueType.duration(ofSeconds(10), TokenSettings.MAX_ACCESS_TTL),
            "15m",
            "How long an access token is good.");

    static final Setting<Duration> JWT_REFRESH_TTL = Setting.of(
            "auth.jwt.refresh_ttl",
            ValueType.duration(ofSeconds(10), TokenSettings.MAX_REFRESH_TTL),
            "30d",
            "How long refresh tokens are good from the exchange of the API key, however often they are refreshed.");

    static final Setting<Duration> JWT_LEEWAY = Setting.of(
            "auth.jwt.leeway",
            ValueType.duration(ofMillis(0), TokenSettings.MAX_LEEWAY),
            "60s",
            "How much the clocks of servers may differ before tokens are refused.");
    static final Setting<String> ISSUER = Setting.required(
            "auth.issuers[].issuer",
            ValueType.webAddress(),
            "An authorization server whose tokens say who is calling: exactly what they hold in iss.");

    static final Setting<String> ISSUER_JWKS_URL = Setting.required(
            "auth.issuers[].jwks_url",
            ValueType.webAddress(),
            "Where its public keys are. A private address, or plain http, must be in outbound.allow, too.");

    static final Setting<List<String>> ISSUER_AUDIENCE = Setting.of(
            "auth.issuers[].audience",
            new ValueType.ListOf<>(ValueType.name()),
            "",
            "What a token must hold in aud, one of these at least; http.public_url and its /mcp when empty.");

    static final Setting<List<String>> ISSUER_ALGORITHMS = Setting.of(
            "auth.issuers[].algorithms",
            new ValueType.ListOf<>(ValueType.oneOf(ExternalIssuer.ALGORITHMS)),
            "RS256, ES256",
            "By which algorithms it may sign.");

    static final Setting<Tenant> ISSUER_TENANT = Setting.of(
            "auth.issuers[].tenant", ValueType.tenant(), "default", "Whose callers the bearers of its tokens are.");

    static final Setting<String> ISSUER_TENANT_CLAIM = Setting.of(
            "auth.issuers[].tenant_claim",
            ValueType.name(),
            "",
            "Instead of tenant: the claim of a token that names it. Whoever runs the issuer then decides about every tenant.");

    static final Setting<String> ISSUER_PLAN =
            Setting.of("auth.issuers[].plan", ValueType.planName(), "default", "The rate plan of its callers.");

    static final Setting<List<String>> OUTBOUND_ALLOW = Setting.of(
            "outbound.allow",
            new ValueType.ListOf<>(ValueType.outboundEntry()),
            "",
            "What tools may call at addresses that users name although it is private, plain http or on another port than 80, 443, 8443:"
                    + " host, host:port, or a range such as 10.0.0.0/8 or 10.0.0.0/8:8080.");

    static final Setting<Integer> DEFAULT_RATE = Setting.of(
            "rate_limiting.default.requests_per_minute",
            ValueType.integer(1, 1_000_000),
            "60",
            "The sustained rate of a key without a plan of its own.");

    static final Setting<Integer> DEFAULT_BURST = Setting.of(
            "rate_limiting.default.burst",
            ValueType.integer(1, 1_000_000),
            "120",
            "How many requests a key without a plan of its own may make at once after a pause.");

    static final Setting<Integer> PLAN_RATE = Setting.named(
            "rate_limiting.api_keys.<plan>.requests_per_minute",
            ValueType.integer(1, 1_000_000),
            Map.of("premium", "1000"),
            "The sustained rate of the keys of this plan.");

    static final Setting<Integer> PLAN_BURST = Setting.named(
            "rate_limiting.api_keys.<plan>.burst",
            ValueType.integer(1, 1_000_000),
            Map.of("premium", "2000"),
            "How many requests a key of this plan may make at once after a pause.");

    static final Setting<List<ToolWeight>> TOOL_WEIGHTS = Setting.of(
            "rate_limiting.tool_weights",
            new ValueType.ListOf<>(ValueType.toolWeight()),
            "",
            "As how many requests calls of tools count, as name=number such as context_search=5, instead of what the tool says of"
                    + " itself.");

    static final Setting<Integer> FAILED_AUTHENTICATION = Setting.of(
            "rate_limiting.failed_authentication",
            ValueType.integer(0, 1_000_000),
            "10",
            "How many wrong credentials a minute are looked up of one address; further ones are answered with 429. 0 for any"
                    + " number.");

    static final Setting<Integer> CONNECTIONS = Setting.of(
            "limits.connections",
            ValueType.integer(1, 1_000_000),
            "20000",
            "How many connections may be open at once; more are answered with 503.");

    static final Setting<Integer> CONNECTIONS_PER_ADDRESS = Setting.of(
            "limits.connections_per_address",
            ValueType.integer(1, 1_000_000),
            "200",
            "How many of these may come from one address, this machine or a proxy included; more are answered with 503.");

    static final Setting<DataSize> BODY_BYTES_IN_FLIGHT = Setting.of(
            "limits.body_bytes_in_flight",
            ValueType.size(ofKibibytes(1), ofMebibytes(1024 * 1024)),
            "256MiB",
            "The memory that the bodies of all requests under way may take; what does not fit is answered with 503.");

    static final Setting<Integer> IN_FLIGHT_PER_KEY = Setting.of(
            "limits.in_flight_per_key",
            ValueType.integer(1, 100_000),
            "256",
            "How many requests of one key may be under way at once; more are answered with 429.");

    static final Setting<Integer> WEBSOCKETS_PER_KEY = Setting.of(
            "limits.websockets_per_key",
            ValueType.integer(1, 100_000),
            "100",
            "How many WebSockets one key may have open at once; more are answered with 429.");

    static final Setting<Integer> SUBSCRIPTIONS_PER_KEY = Setting.of(
            "limits.subscriptions_per_key",
            ValueType.integer(1, 100_000),
            "100",
            "How many times one key may listen to changes at once; more are answered with 429.");

    static final Setting<Integer> NAMES_PER_SUBSCRIPTION = Setting.of(
            "limits.names_per_subscription",
            ValueType.integer(1, 100_000),
            "1000",
            "How many resources and tasks one listen may name.");

    static final Setting<Integer> TASKS_PER_KEY = Setting.of(
            "limits.tasks_per_key",
            ValueType.integer(1, 100_000),
            "1000",
            "How many unfinished tasks one key may have; more are answered with 429.");

    static final Setting<DataSize> TASK_INPUT = Setting.of(
            "limits.task_input",
            ValueType.size(ofKibibytes(1), ofMebibytes(100)),
            "1MiB",
            "The largest arguments and answers of one task together.");

    static final Setting<Duration> TASK_TTL = Setting.of(
            "tasks.ttl",
            ValueType.duration(ofSeconds(1), ofDays(7)),
            "1h",
            "How long a task is kept from its creation on, finished or not.");

    static final Setting<Duration> TASK_POLL_INTERVAL = Setting.of(
            "tasks.poll_interval",
            ValueType.duration(ofMillis(1), ofHours(1)),
            "500ms",
            "How often clients are asked to look at a task, at most.");

    static final Setting<Integer> TASK_CONCURRENCY = Setting.of(
            "tasks.concurrency", ValueType.integer(1, 10_000), "64", "How many tasks one process works on at once.");

    static final Setting<Integer> TOOL_CONCURRENCY = Setting.of(
            "limits.tool_concurrency",
            ValueType.integer(1, 100_000),
            "256",
            "How many calls of one tool may run at once; more are answered with 503.");

    static final Setting<Integer> BLOCKING_CALLS = Setting.of(
            "limits.blocking_calls",
            ValueType.integer(8, 1_000_000),
            "4096",
            "How many calls that may wait run at once, of all tools together; more are answered with 503. At most 256 on Java 17 to 20;"
                    + " one tool gets at most half.");

    static final Setting<Duration> TOOL_TIMEOUT = Setting.of(
            "limits.tool_timeout",
            ValueType.duration(ofMillis(1), ofDays(1)),
            "30s",
            "How long a tool call may take unless the tool says otherwise.");

    static final Setting<Duration> MAX_TOOL_TIMEOUT = Setting.of(
            "limits.max_tool_timeout",
            ValueType.duration(ofMillis(1), ofDays(1)),
            "300s",
            "The longest that any tool may ask for.");

    static final Setting<Duration> REQUEST_TIMEOUT = Setting.of(
            "limits.request_timeout",
            ValueType.duration(ofMillis(1), ofDays(1)),
            "30s",
            "How long a REST request may take that is no tool call; then it is answered with 504.");

    static final Setting<DataSize> TOOL_OUTPUT = Setting.of(
            "limits.tool_output",
            ValueType.size(ofKibibytes(1), ofMebibytes(1024)),
            "1MiB",
            "The largest result of a tool call.");

    static final Setting<EmbeddingProvider> EMBEDDING_PROVIDER = Setting.of(
            "embedding.provider",
            ValueType.choice(EmbeddingProvider.class),
            "local",
            "What finds contexts by meaning: local knows similar spelling only, http asks a service, minilm needs its jar.");

    static final Setting<String> EMBEDDING_MODEL =
            Setting.of("embedding.model", ValueType.name(), "", "For http: what the service calls the model.");

    static final Setting<Integer> EMBEDDING_DIMENSIONS = Setting.of(
            "embedding.dimensions",
            ValueType.integer(16, 16_000),
            "384",
            "How many numbers stand for a text; for http, as many as the model gives.");

    static final Setting<Optional<URI>> EMBEDDING_URL = Setting.of(
            "embedding.url",
            ValueType.service(),
            "",
            "For http: the endpoint of the service, for example http://127.0.0.1:11434/v1/embeddings.");

    static final Setting<Secret> EMBEDDING_API_KEY = Setting.of(
            "embedding.api_key",
            ValueType.foreignSecret(),
            "",
            "For http: the key of the service, if it asks for one.");

    /** Every key. */
    static final List<Setting<?>> ALL = List.of(
            LOG_LEVEL,
            DATA_DIR,
            EDGE,
            API,
            MANAGEMENT,
            DIAGNOSTICS,
            BIND,
            HEAD_TIMEOUT,
            READ_TIMEOUT,
            WRITE_TIMEOUT,
            IDLE_TIMEOUT,
            MAX_BODY,
            ALLOWED_ORIGINS,
            ALLOWED_HOSTS,
            TRUSTED_PROXIES,
            PUBLIC_URL,
            TLS_CERT,
            TLS_KEY,
            DRAIN_GRACE,
            DRAIN_TIMEOUT,
            PING_INTERVAL,
            PONG_TIMEOUT,
            WEBSOCKET_WRITE_TIMEOUT,
            MAX_MESSAGE,
            PAGE_SIZE,
            SESSION_SECRET,
            SESSION_TTL,
            AUDIT_CALLS,
            AUDIT_RETENTION,
            DATABASE_URL,
            DATABASE_HOST,
            DATABASE_PORT,
            DATABASE_NAME,
            DATABASE_USERNAME,
            DATABASE_PASSWORD,
            DATABASE_OWNER,
            DATABASE_OWNER_PASSWORD,
            DATABASE_POOL_SIZE,
            DATABASE_MAX_IDLE,
            DATABASE_MAX_CONNECTIONS,
            DATABASE_MAX_LIFETIME,
            DATABASE_ACQUIRE_TIMEOUT,
            DATABASE_QUERY_TIMEOUT,
            DATABASE_LEAK_DETECTION,
            DATABASE_STARTUP_WAIT,
            EMBEDDING_PROVIDER,
            EMBEDDING_MODEL,
            EMBEDDING_DIMENSIONS,
            EMBEDDING_URL,
            EMBEDDING_API_KEY,
            TASK_TTL,
            TASK_POLL_INTERVAL,
            TASK_CONCURRENCY,
            ADMIN_KEY,
            JWT_SECRET,
            JWT_ALGORITHM,
            JWT_PRIVATE_KEY,
            JWT_ISSUER,
            JWT_AUDIENCE,
            JWT_ACCESS_TTL,
            JWT_REFRESH_TTL,
            JWT_LEEWAY,
            ISSUER,
            ISSUER_JWKS_URL,
            ISSUER_AUDIENCE,
            ISSUER_ALGORITHMS,
            ISSUER_TENANT,
            ISSUER_TENANT_CLAIM,
            ISSUER_PLAN,
            OUTBOUND_ALLOW,
            DEFAULT_RATE,
            DEFAULT_BURST,
            PLAN_RATE,
            PLAN_BURST,
            TOOL_WEIGHTS,
            FAILED_AUTHENTICATION,
            CONNECTIONS,
            CONNECTIONS_PER_ADDRESS,
            BODY_BYTES_IN_FLIGHT,
            IN_FLIGHT_PER_KEY,
            WEBSOCKETS_PER_KEY,
            SUBSCRIPTIONS_PER_KEY,
            NAMES_PER_SUBSCRIPTION,
            TASKS_PER_KEY,
            TASK_INPUT,
            TOOL_CONCURRENCY,
            BLOCKING_CALLS,
            TOOL_TIMEOUT,
            MAX_TOOL_TIMEOUT,
            REQUEST_TIMEOUT,
            TOOL_OUTPUT);

    /** Keys and sections that the design names and this version does not serve: refused, and not as misspelt. */
    static final List<String> LATER = List.of(
            "redis",
            "auth.encryption_key",
            "worker",
            "circuit_breaker",
            "webhooks",
            "tracing",
            "providers",
            "mcp_servers");

    /** The usual environment variables of such keys. */
    static final Map<String, String> LATER_VARIABLES = Map.of("REDIS_URL", "redis", "REDIS_ADDR", "redis");

    private Settings() {}
}
