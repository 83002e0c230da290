package dev.devmesh.postgres;

import dev.devmesh.embedding.EmbeddingModel;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Where the database is, who enters, and what a unit of work may cost there.
 *
 * <p>Immutable. Its {@code toString} shows neither the address nor a password.
 *
 * @param url a JDBC URL of pgjdbc, {@code jdbc:postgresql://host:5432/name}; several hosts and parameters are allowed.
 *     {@code targetServerType=primary} is added where it says nothing about that
 * @param user who works; empty if the URL says it
 * @param password of that user; empty for none
 * @param ownerUser who migrates, where that is another one than who works; else empty
 * @param ownerPassword of that user; empty for none
 * @param poolSize how many connections at most: 1 to 1000
 * @param maxIdle how many of them are kept while nobody uses them: 0 to {@code poolSize}
 * @param maxLifetime how old a connection may get: at least 30 s
 * @param queryTimeout how long a statement may take
 * @param lockTimeout how long a statement may wait for what another unit of work has locked
 * @param idleInTransaction how long a unit of work may do something else between two statements
 * @param acquireTimeout how long to wait for a connection: at least 250 ms
 * @param leakDetection after which time a unit of work that still holds its connection is logged; zero for never
 * @param applicationName the name that the server knows the connections by
 * @param indexedModel of which model embeddings are indexed when the store migrates, if the server has the extension {@code vector};
 *     empty for none
 * @param indexedDimensions how many numbers they have; 0 for none
 * @param migrates whether opening the store migrates its schema; else opening checks that this was done
 */
public record PostgresSettings(
        String url,
        String user,
        String password,
        String ownerUser,
        String ownerPassword,
        int poolSize,
        int maxIdle,
        Duration maxLifetime,
        Duration queryTimeout,
        Duration lockTimeout,
        Duration idleInTransaction,
        Duration acquireTimeout,
        Duration leakDetection,
        String applicationName,
        String indexedModel,
        int indexedDimensions,
        boolean migrates) {

    private static final String JDBC = "jdbc:postgresql:";

    /** Checks everything and names all that is wrong at once. */
    public PostgresSettings {
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(password, "password");
        Objects.requireNonNull(ownerUser, "ownerUser");
        Objects.requireNonNull(ownerPassword, "ownerPassword");
        Objects.requireNonNull(applicationName, "applicationName");
        Objects.requireNonNull(indexedModel, "indexedModel");
        List<String> wrong = new ArrayList<>();
        if (!url.startsWith(JDBC)) {
            wrong.add("the URL must begin with " + JDBC + "//");
        }
        // pgjdbc would take the one of the URL and say nothing.
        if (!user.isEmpty() || !ownerUser.isEmpty()) {
            if (url.matches(".*[?&](user|password)=.*")) {
                wrong.add("the URL names a user or a password, and so do the settings; leave it out of the URL");
            }
        }
        if (poolSize < 1 || poolSize > 1_000) {
            wrong.add("poolSize must be 1 to 1000, is " + poolSize);
        }
        if (maxIdle < 0 || maxIdle > poolSize) {
            wrong.add("maxIdle must be 0 to poolSize, is " + maxIdle);
        }
        atLeast("maxLifetime", maxLifetime, Duration.ofSeconds(30), wrong);
        atLeast("queryTimeout", queryTimeout, Duration.ofMillis(1), wrong);
        atLeast("lockTimeout", lockTimeout, Duration.ofMillis(1), wrong);
        atLeast("idleInTransaction", idleInTransaction, Duration.ofMillis(1), wrong);
        atLeast("acquireTimeout", acquireTimeout, Duration.ofMillis(250), wrong);
        atLeast("leakDetection", leakDetection, Duration.ZERO, wrong);
        boolean indexes = !indexedModel.isEmpty();
        if (indexedModel.length() > 200
                || indexedDimensions < (indexes ? 1 : 0)
                || indexedDimensions > (indexes ? 16_000 : 0)) {
            wrong.add("what is indexed must be a model of 1 to 200 characters with 1 to 16000 dimensions, is '"
                    + indexedModel + "' with " + indexedDimensions);
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("PostgreSQL settings: " + String.join("; ", wrong));
        }
    }

    /**
     * The default settings for the database at this address.
     *
     * @param url a JDBC URL, or one of the form {@code postgres://user:password@host:5432/name?parameters}
     */
    public static PostgresSettings of(String url) {
        Objects.requireNonNull(url, "url");
        boolean isJdbc = !url.startsWith("postgres://") && !url.startsWith("postgresql://");
        PostgresSettings plain = new PostgresSettings(
                isJdbc ? url : JDBC + "//",
                "",
                "",
                "",
                "",
                10,
                10,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                Duration.ofSeconds(30),
                Duration.ofSeconds(3),
                Duration.ofSeconds(20),
                "devmesh",
                "",
                0,
                true);
        return isJdbc ? plain : plain.at(url);
    }

    /** The default settings for the database of this name on one host. */
    public static PostgresSettings of(String host, int port, String database) {
        return of(JDBC + "//" + host + ":" + port + "/" + database);
    }

    /** These settings, with this user. */
    public PostgresSettings user(String name, String secret) {
        return new Changed(this).user(name, secret).done();
    }

    /** These settings, with another user for migrations, who owns the tables. */
    public PostgresSettings owner(String name, String secret) {
        return new Changed(this).owner(name, secret).done();
    }

    /** These settings, with at most so many connections, all of which are kept. */
    public PostgresSettings poolSize(int connections) {
        return poolSize(connections, connections);
    }

    /** These settings, with at most so many connections, and so many kept while nobody uses them. */
    public PostgresSettings poolSize(int connections, int idle) {
        Changed changed = new Changed(this);
        changed.poolSize = connections;
        changed.maxIdle = idle;
        return changed.done();
    }

    /** These settings, with connections that get at most this old. */
    public PostgresSettings maxLifetime(Duration time) {
        Changed changed = new Changed(this);
        changed.maxLifetime = time;
        return changed.done();
    }

    /** These settings, with another time for a statement. */
    public PostgresSettings queryTimeout(Duration time) {
        Changed changed = new Changed(this);
        changed.queryTimeout = time;
        return changed.done();
    }

    /** These settings, with another time to wait for a lock. */
    public PostgresSettings lockTimeout(Duration time) {
        Changed changed = new Changed(this);
        changed.lockTimeout = time;
        return changed.done();
    }

    /** These settings, with another time between two statements. */
    public PostgresSettings idleInTransaction(Duration time) {
        Changed changed = new Changed(this);
        changed.idleInTransaction = time;
        return changed.done();
    }

    /** These settings, with another time to wait for a connection. */
    public PostgresSettings acquireTimeout(Duration time) {
        Changed changed = new Changed(this);
        changed.acquireTimeout = time;
        return changed.done();
    }

    /** These settings, with another time after which a held connection is logged; zero for never. */
    public PostgresSettings leakDetection(Duration time) {
        Changed changed = new Changed(this);
        changed.leakDetection = time;
        return changed.done();
    }

    /** These settings, under another name. */
    public PostgresSettings applicationName(String name) {
        Changed changed = new Changed(this);
        changed.applicationName = name;
        return changed.done();
    }

    /**
     * These settings, with an index for the embeddings of this model where the server has the extension {@code vector}: it is made when
     * the store is opened, unless it is there, which takes about half a minute for 100,000 items. Without it a search by meaning looks at each
     * embedding.
     */
    public PostgresSettings indexed(EmbeddingModel model) {
        return indexed(model.name(), model.dimensions());
    }

    /** {@link #indexed(EmbeddingModel)}, by the model's name and dimensions. */
    public PostgresSettings indexed(String model, int dimensions) {
        Changed changed = new Changed(this);
        changed.indexedModel = model;
        changed.indexedDimensions = dimensions;
        return changed.done();
    }

    /** These settings, with or without migrating when the store is opened. */
    public PostgresSettings migrates(boolean whenOpened) {
        Changed changed = new Changed(this);
        changed.migrates = whenOpened;
        return changed.done();
    }

    @Override
    public String toString() {
        return "PostgresSettings[applicationName=" + applicationName + ", poolSize=" + poolSize + ", maxIdle=" + maxIdle
                + ", maxLifetime=" + maxLifetime + ", queryTimeout=" + queryTimeout + ", lockTimeout=" + lockTimeout
                + ", idleInTransaction=" + idleInTransaction + ", acquireTimeout=" + acquireTimeout
                + ", leakDetection=" + leakDetection + ", indexedModel=" + indexedModel + ", indexedDimensions="
                + indexedDimensions + ", migrates=" + migrates + "]";
    }

    private PostgresSettings at(String given) {
        try {
            // Only the authority can hold what a URI does not allow: several hosts. So it is cut out by hand.
            int begin = given.indexOf("//") + 2;
            int end = indexOfAny(given, begin, "/?");
            String authority = given.substring(begin, end);
            URI rest = new URI(
                    "x:" + (end == given.length() || given.charAt(end) == '?' ? "/" : "") + given.substring(end));
            int at = authority.lastIndexOf('@');
            String hosts = authority.substring(at + 1);
            String query = rest.getRawQuery();
            Changed changed = new Changed(this);
            changed.url = JDBC + "//" + hosts + rest.getRawPath() + (query == null ? "" : "?" + query);
            if (at >= 0) {
                String[] who = authority.substring(0, at).split(":", 2);
                changed.user(decoded(who[0]), who.length == 1 ? "" : decoded(who[1]));
            }
            return changed.done();
        } catch (URISyntaxException | IllegalArgumentException malformed) {
            // Without the cause: it would repeat the URL, and with it the password.
            throw new IllegalArgumentException(
                    "The database URL is malformed. Write postgres://user:password@host:5432/name, with special"
                            + " characters of the password percent-encoded.");
        }
    }

    private static int indexOfAny(String text, int from, String wanted) {
        for (int i = from; i < text.length(); i++) {
            if (wanted.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return text.length();
    }

    /** Percent-decoded; unlike in a form, a plus is a plus. */
    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static void atLeast(String what, Duration value, Duration least, List<String> wrong) {
        if (value.compareTo(least) < 0 || value.compareTo(Duration.ofDays(20)) > 0) {
            wrong.add(what + " must be " + least + " to 20 days, is " + value);
        }
    }

    /** All components, one of which is about to differ. */
    private static final class Changed {

        private String url;
        private String user;
        private String password;
        private String ownerUser;
        private String ownerPassword;
        private int poolSize;
        private int maxIdle;
        private Duration maxLifetime;
        private Duration queryTimeout;
        private Duration lockTimeout;
        private Duration idleInTransaction;
        private Duration acquireTimeout;
        private Duration leakDetection;
        private String applicationName;
        private String indexedModel;
        private int indexedDimensions;
        private boolean migrates;

        Changed(PostgresSettings from) {
            url = from.url;
            user = from.user;
            password = from.password;
            ownerUser = from.ownerUser;
            ownerPassword = from.ownerPassword;
            poolSize = from.poolSize;
            maxIdle = from.maxIdle;
            maxLifetime = from.maxLifetime;
            queryTimeout = from.queryTimeout;
            lockTimeout = from.lockTimeout;
            idleInTransaction = from.idleInTransaction;
            acquireTimeout = from.acquireTimeout;
            leakDetection = from.leakDetection;
            applicationName = from.applicationName;
            indexedModel = from.indexedModel;
            indexedDimensions = from.indexedDimensions;
            migrates = from.migrates;
        }

        Changed user(String name, String secret) {
            user = name;
            password = secret;
            return this;
        }

        Changed owner(String name, String secret) {
            ownerUser = name;
            ownerPassword = secret;
            return this;
        }

        PostgresSettings done() {
            return new PostgresSettings(
                    url,
                    user,
                    password,
                    ownerUser,
                    ownerPassword,
                    poolSize,
                    maxIdle,
                    maxLifetime,
                    queryTimeout,
                    lockTimeout,
                    idleInTransaction,
                    acquireTimeout,
                    leakDetection,
                    applicationName,
                    indexedModel,
                    indexedDimensions,
                    migrates);
        }
    }
}
