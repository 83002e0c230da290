package dev.devmesh.launcher.config;

import dev.devmesh.Limits;
import dev.devmesh.auth.Secret;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.postgres.PostgresSettings;
import dev.devmesh.task.TaskLimits;
import dev.devmesh.token.ExternalIssuer;
import dev.devmesh.token.TokenSettings;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that a server can be told. Immutable; its {@code toString} masks secrets.
 *
 * @param logLevel how much the log says
 * @param dataDir where the server keeps its own files
 * @param listeners where it listens
 * @param http how it treats HTTP
 * @param webSocket how it treats WebSockets
 * @param connections how many connections may be open at once
 * @param connectionsPerAddress how many of these from one address
 * @param bodyBytesInFlight the memory that all request bodies may take together
 * @param limits the bounds of the mesh
 * @param rates who may call how often
 * @param sessionSecret what seals values that travel through clients, perhaps not set
 * @param sessionTtl how long a session over HTTP lasts
 * @param auditCalls whether it is kept who called a tool, failed or not
 * @param auditRetention how long it is kept who did what
 * @param database the database that keeps everything, if it is not this process's memory
 * @param adminKey the administrator's API key, perhaps not set
 * @param tokens how API keys are exchanged for tokens
 * @param embedding what finds contexts by their meaning
 * @param outboundAllow what may be called although it is not public
 * @param issuers who else's tokens say who is calling
 */
public record Configuration(
        LogLevel logLevel,
        Path dataDir,
        Listeners listeners,
        Http http,
        WebSocket webSocket,
        int connections,
        int connectionsPerAddress,
        DataSize bodyBytesInFlight,
        Limits limits,
        Rates rates,
        Secret sessionSecret,
        Duration sessionTtl,
        boolean auditCalls,
        Duration auditRetention,
        Optional<Database> database,
        Secret adminKey,
        Tokens tokens,
        Embedding embedding,
        List<String> outboundAllow,
        List<ExternalIssuer> issuers) {

    /** Copies the lists. */
    public Configuration {
        issuers = List.copyOf(issuers);
        outboundAllow = List.copyOf(outboundAllow);
    }

    /**
     * How API keys are exchanged for tokens.
     *
     * @param settings all but the private key
     * @param privateKey the PEM file with it, if the algorithm has one
     */
    public record Tokens(TokenSettings settings, Optional<Path> privateKey) {

        static Tokens of(Values values) {
            return new Tokens(
                    TokenSettings.defaults()
                            .algorithm(values.get(Settings.JWT_ALGORITHM))
                            .secret(values.get(Settings.JWT_SECRET).reveal())
                            .issuer(values.get(Settings.JWT_ISSUER))
                            .audience(values.get(Settings.JWT_AUDIENCE))
                            .accessTtl(values.get(Settings.JWT_ACCESS_TTL))
                            .refreshTtl(values.get(Settings.JWT_REFRESH_TTL))
                            .leeway(values.get(Settings.JWT_LEEWAY)),
                    values.get(Settings.JWT_PRIVATE_KEY));
        }
    }

    /**
     * What finds contexts by their meaning.
     *
     * @param provider of what kind it is
     * @param model what a service calls its model, or empty
     * @param dimensions how many numbers stand for a text
     * @param url the endpoint of a service, if it is one
     * @param apiKey of the service, perhaps not set
     */
    public record Embedding(
            EmbeddingProvider provider, String model, int dimensions, Optional<URI> url, Secret apiKey) {}

    /**
     * Where the server listens.
     *
     * @param edge the port for clients, 0 for a free one
     * @param api the port without MCP, if there is one
     * @param management the port for metrics, if there is one
     * @param diagnostics the port for looking into the process, if there is one
     * @param bind the address of all but the last
     */
    public record Listeners(
            int edge,
            Optional<Integer> api,
            Optional<Integer> management,
            Optional<Integer> diagnostics,
            String bind) {}

    /**
     * How connections are protected.
     *
     * @param cert the file with the certificates
     * @param key the file with the key
     */
    public record Tls(Path cert, Path key) {}

    /**
     * How the server stops.
     *
     * @param grace how long it goes on accepting
     * @param timeout how long it takes, the grace included
     */
    public record Drain(Duration grace, Duration timeout) {}

    /**
     * How the server treats HTTP.
     *
     * @param headTimeout how long the head of a request may take to arrive
     * @param readTimeout how long a body may take to arrive
     * @param writeTimeout how long a client may take next to nothing of what it is sent
     * @param idleTimeout when a silent connection is closed
     * @param maxBody the largest body
     * @param allowedOrigins origins of web pages that may call
     * @param allowedHosts host names under which the server is called
     * @param trustedProxies who may say for whom they call
     * @param tls how connections are protected, if they are
     * @param drain how the server stops
     * @param publicUrl what clients call the server by, if it is not what it listens on
     */
    public record Http(
            Duration headTimeout,
            Duration readTimeout,
            Duration writeTimeout,
            Duration idleTimeout,
            DataSize maxBody,
            List<String> allowedOrigins,
            List<String> allowedHosts,
            List<String> trustedProxies,
            Optional<Tls> tls,
            Drain drain,
            Optional<String> publicUrl) {

        /** Copies the lists. */
        public Http {
            allowedOrigins = List.copyOf(allowedOrigins);
            allowedHosts = List.copyOf(allowedHosts);
            trustedProxies = List.copyOf(trustedProxies);
        }
    }

    /**
     * How the server treats WebSockets.
     *
     * @param pingInterval how long a client may be quiet before it is sent a ping
     * @param pongTimeout how long it may stay quiet after it
     * @param writeTimeout how long it may leave its connection full
     * @param maxMessage the largest message
     * @param perKey how many one credential may have open at once
     */
    public record WebSocket(
            Duration pingInterval, Duration pongTimeout, Duration writeTimeout, DataSize maxMessage, int perKey) {}

    /**
     * The database that keeps everything.
     *
     * @param settings where it is, who enters and what may be done there
     * @param startupWait how long a starting server waits for it
     */
    public record Database(PostgresSettings settings, Duration startupWait) {

        static Optional<Database> of(Values values) {
            String url = values.get(Settings.DATABASE_URL).reveal();
            String host = values.get(Settings.DATABASE_HOST);
            if (url.isEmpty() && host.isEmpty()) {
                return Optional.empty();
            }
            PostgresSettings settings = url.isEmpty()
                    ? PostgresSettings.of(
                            host.contains(":") ? "[" + host + "]" : host,
                            values.get(Settings.DATABASE_PORT),
                            URLEncoder.encode(values.get(Settings.DATABASE_NAME), StandardCharsets.UTF_8))
                    : DatabaseUrl.settings(url);
            String user = values.get(Settings.DATABASE_USERNAME);
            String password = values.get(Settings.DATABASE_PASSWORD).reveal();
            if (!user.isEmpty() || !password.isEmpty()) {
                settings = settings.user(
                        user.isEmpty() ? settings.user() : user, password.isEmpty() ? settings.password() : password);
            }
            String owner = values.get(Settings.DATABASE_OWNER);
            if (!owner.isEmpty()) {
                settings = settings.owner(
                        owner, values.get(Settings.DATABASE_OWNER_PASSWORD).reveal());
            }
            int most = values.get(Settings.DATABASE_POOL_SIZE);
            settings = settings.poolSize(most, Math.min(most, values.get(Settings.DATABASE_MAX_IDLE)))
                    .maxLifetime(values.get(Settings.DATABASE_MAX_LIFETIME))
                    .acquireTimeout(values.get(Settings.DATABASE_ACQUIRE_TIMEOUT))
                    .queryTimeout(values.get(Settings.DATABASE_QUERY_TIMEOUT))
                    .leakDetection(values.get(Settings.DATABASE_LEAK_DETECTION));
            return Optional.of(new Database(settings, values.get(Settings.DATABASE_STARTUP_WAIT)));
        }
    }

    /**
     * Who may call how often.
     *
     * @param standard whoever has no plan of their own
     * @param plans policies by the name of the plan
     * @param weights as how many requests calls count, by the name of the tool
     * @param failedAuthentications how many wrong credentials a minute are looked up of one address, 0 for any number
     */
    public record Rates(
            RateLimitPolicy standard,
            Map<String, RateLimitPolicy> plans,
            Map<String, Integer> weights,
            int failedAuthentications) {

        /** Copies the maps. */
        public Rates {
            plans = Map.copyOf(plans);
            weights = Map.copyOf(weights);
        }

        /** The same for the mesh. */
        public RateLimits forMesh() {
            return RateLimits.of(standard, plans).weights(weights);
        }
    }

    /** The port of a listener: a free one if the edge has one and nothing else was asked for. */
    private static Optional<Integer> port(Values values, Setting<Optional<Integer>> setting) {
        boolean untouched = values.of(setting).origin() instanceof Origin.Standard;
        return untouched && values.get(Settings.EDGE) == 0 ? Optional.of(0) : values.get(setting);
    }

    static Configuration of(Values values) {
        Map<String, RateLimitPolicy> plans = new LinkedHashMap<>();
        for (String plan : values.names(Settings.PLAN_RATE)) {
            plans.put(
                    plan,
                    new RateLimitPolicy(
                            plan,
                            values.of(Settings.PLAN_RATE, plan).value(),
                            values.of(Settings.PLAN_BURST, plan).value()));
        }
        Map<String, Integer> weights = new LinkedHashMap<>();
        values.get(Settings.TOOL_WEIGHTS).forEach(weight -> weights.put(weight.tool(), weight.weight()));
        return new Configuration(
                values.get(Settings.LOG_LEVEL),
                values.get(Settings.DATA_DIR),
                new Listeners(
                        values.get(Settings.EDGE),
                        port(values, Settings.API),
                        port(values, Settings.MANAGEMENT),
                        port(values, Settings.DIAGNOSTICS),
                        values.get(Settings.BIND)),
                new Http(
                        values.get(Settings.HEAD_TIMEOUT),
                        values.get(Settings.READ_TIMEOUT),
                        values.get(Settings.WRITE_TIMEOUT),
                        values.get(Settings.IDLE_TIMEOUT),
                        values.get(Settings.MAX_BODY),
                        values.get(Settings.ALLOWED_ORIGINS),
                        values.get(Settings.ALLOWED_HOSTS),
                        values.get(Settings.TRUSTED_PROXIES),
                        values.get(Settings.TLS_CERT)
                                .flatMap(cert -> values.get(Settings.TLS_KEY).map(key -> new Tls(cert, key))),
                        new Drain(values.get(Settings.DRAIN_GRACE), values.get(Settings.DRAIN_TIMEOUT)),
                        Optional.of(values.get(Settings.PUBLIC_URL)).filter(url -> !url.isEmpty())),
                new WebSocket(
                        values.get(Settings.PING_INTERVAL),
                        values.get(Settings.PONG_TIMEOUT),
                        values.get(Settings.WEBSOCKET_WRITE_TIMEOUT),
                        values.get(Settings.MAX_MESSAGE),
                        values.get(Settings.WEBSOCKETS_PER_KEY)),
                values.get(Settings.CONNECTIONS),
                values.get(Settings.CONNECTIONS_PER_ADDRESS),
                values.get(Settings.BODY_BYTES_IN_FLIGHT),
                Limits.defaults()
                        .withToolTimeouts(values.get(Settings.TOOL_TIMEOUT), values.get(Settings.MAX_TOOL_TIMEOUT))
                        .withRequestTimeout(values.get(Settings.REQUEST_TIMEOUT))
                        .withToolConcurrency(values.get(Settings.TOOL_CONCURRENCY))
                        .withBlockingCalls(values.get(Settings.BLOCKING_CALLS))
                        .withToolOutputBytes(
                                Math.toIntExact(values.get(Settings.TOOL_OUTPUT).bytes()))
                        .withInFlightPerKey(values.get(Settings.IN_FLIGHT_PER_KEY))
                        .withSubscriptionsPerKey(values.get(Settings.SUBSCRIPTIONS_PER_KEY))
                        .withNamesPerSubscription(values.get(Settings.NAMES_PER_SUBSCRIPTION))
                        .withTasks(new TaskLimits(
                                values.get(Settings.TASK_TTL),
                                values.get(Settings.TASK_POLL_INTERVAL),
                                values.get(Settings.TASKS_PER_KEY),
                                Math.toIntExact(values.get(Settings.TASK_INPUT).bytes()),
                                values.get(Settings.TASK_CONCURRENCY)))
                        .withPageSize(values.get(Settings.PAGE_SIZE)),
                new Rates(
                        new RateLimitPolicy(
                                "default", values.get(Settings.DEFAULT_RATE), values.get(Settings.DEFAULT_BURST)),
                        plans,
                        weights,
                        values.get(Settings.FAILED_AUTHENTICATION)),
                values.get(Settings.SESSION_SECRET),
                values.get(Settings.SESSION_TTL),
                values.get(Settings.AUDIT_CALLS),
                values.get(Settings.AUDIT_RETENTION),
                Database.of(values),
                values.get(Settings.ADMIN_KEY),
                Tokens.of(values),
                new Embedding(
                        values.get(Settings.EMBEDDING_PROVIDER),
                        values.get(Settings.EMBEDDING_MODEL),
                        values.get(Settings.EMBEDDING_DIMENSIONS),
                        values.get(Settings.EMBEDDING_URL),
                        values.get(Settings.EMBEDDING_API_KEY)),
                values.get(Settings.OUTBOUND_ALLOW),
                issuers(values));
    }

    private static List<ExternalIssuer> issuers(Values values) {
        List<ExternalIssuer> issuers = new ArrayList<>();
        for (int i = 0; values.has(Settings.ISSUER, i); i++) {
            String claim = values.of(Settings.ISSUER_TENANT_CLAIM, i).value();
            issuers.add(new ExternalIssuer(
                    values.of(Settings.ISSUER, i).value(),
                    URI.create(values.of(Settings.ISSUER_JWKS_URL, i).value()),
                    audiences(values, i),
                    Set.copyOf(values.of(Settings.ISSUER_ALGORITHMS, i).value()),
                    claim.isEmpty()
                            ? new ExternalIssuer.TenantSource.Fixed(
                                    values.of(Settings.ISSUER_TENANT, i).value())
                            : new ExternalIssuer.TenantSource.Claim(claim),
                    values.of(Settings.ISSUER_PLAN, i).value()));
        }
        return issuers;
    }

    /** What tokens of this issuer are for: what was said, else the server by its public URL, as a whole or its MCP endpoint. */
    static Set<String> audiences(Values values, int issuer) {
        List<String> given = values.of(Settings.ISSUER_AUDIENCE, issuer).value();
        String server = values.get(Settings.PUBLIC_URL);
        return !given.isEmpty() || server.isEmpty() ? Set.copyOf(given) : Set.of(server, server + "/mcp");
    }
}
