package dev.devmesh.postgres;

import dev.devmesh.text.Sha256;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The index by which near embeddings of one model are found without looking at each, where the server has the extension
 * {@code vector}; without it, or for another model, each one is looked at.
 *
 * <ul>
 *   <li>It is an index over an expression, the embedding as a {@code vector(n)}, of the rows of this model: making it for
 *       another model rewrites no row and stops no writer, and no embedding is stored twice.
 *   <li>It and the functions that use it carry the hash of the SQL that made them. What another version, another model or a
 *       process that was killed has left is made anew; what is as it should be is not touched.
 *   <li>Whoever makes it holds the lock of the {@link Migrations}.
 * </ul>
 */
final class VectorIndex {

    private static final Logger LOG = LoggerFactory.getLogger(VectorIndex.class);

    static final String NAME = "idx_vector_embeddings_similarity";

    /** From here on the index goes on until enough of what it found passes a filter. */
    private static final int[] LEAST_VERSION = {0, 8};

    /** How many numbers the extension can index as they are, and how many with half of their digits. */
    private static final int MOST_WHOLE = 2_000;

    private static final int MOST_HALF = 4_000;

    private final String model;
    private final int dimensions;

    /** For embeddings of this model of so many numbers; an empty name for none. */
    VectorIndex(String model, int dimensions) {
        this.model = model;
        this.dimensions = dimensions;
    }

    /** Whether there is nothing to make, or nothing that could be made. */
    boolean isSettled(Connection connection) throws SQLException {
        if (model.isEmpty()) {
            return true;
        }
        if (dimensions > MOST_HALF) {
            LOG.info("PostgreSQL: embeddings of {} numbers cannot be indexed; each search looks at all", dimensions);
            return true;
        }
        if (one(connection, "SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = 'vector'")
                .isEmpty()) {
            LOG.info("PostgreSQL: this server has no extension vector; each search by meaning looks at all embeddings");
            return true;
        }
        return hasExtension(connection) && isIndexCurrent(connection) && areFunctionsCurrent(connection);
    }

    /** Makes what is missing or different, on a connection that commits by itself. */
    void make(Connection connection) throws SQLException {
        if (!ensureExtension(connection)) {
            return;
        }
        if (!isIndexCurrent(connection)) {
            makeIndex(connection);
        }
        if (!areFunctionsCurrent(connection)) {
            makeFunctions(connection);
        }
    }

    /** Whether searches can go by the index, whoever made it and for whichever model. */
    static boolean isUsable(Link link) {
        return link.find("""
                SELECT to_regproc('devmesh.nearest_items_indexed') IS NOT NULL
                       AND EXISTS (SELECT 1 FROM pg_catalog.pg_index
                                   WHERE indexrelid = to_regclass('devmesh.idx_vector_embeddings_similarity')
                                     AND indisvalid)""", row -> row.getBoolean(1)).orElse(false);
    }

    private boolean ensureExtension(Connection connection) throws SQLException {
        if (!hasExtension(connection)) {
            try {
                run(connection, "CREATE EXTENSION IF NOT EXISTS vector");
            } catch (SQLException refused) {
                if (!Failures.state(refused).equals("42501")) {
                    throw refused;
                }
                LOG.warn("PostgreSQL: this user may not run CREATE EXTENSION vector, so each search by meaning looks at"
                        + " all embeddings. Have an administrator run it in this database, and start again.");
                return false;
            }
        }
        String version = one(connection, "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'vector'")
                .orElseThrow();
        String[] parts = version.split("\\.");
        boolean isKnown = parts.length >= 2 && parts[0].matches("[0-9]{1,4}") && parts[1].matches("[0-9]{1,4}");
        if (isKnown
                && Integer.parseInt(parts[0]) == LEAST_VERSION[0]
                && Integer.parseInt(parts[1]) < LEAST_VERSION[1]) {
            LOG.warn(
                    "PostgreSQL: the extension vector is {}, and 0.8 is needed, so each search by meaning looks at all"
                            + " embeddings. Run ALTER EXTENSION vector UPDATE, and start again.",
                    version);
            return false;
        }
        return true;
    }

    private void makeIndex(Connection connection) throws SQLException {
        long begun = System.nanoTime();
        LOG.info("PostgreSQL: making {} for the embeddings of {}", NAME, model);
        String sql = indexSql(connection);
        run(connection, "SET maintenance_work_mem = '256MB'");
        try {
            run(connection, "DROP INDEX CONCURRENTLY IF EXISTS devmesh." + NAME);
            run(connection, sql);
        } finally {
            run(connection, "RESET maintenance_work_mem");
        }
        run(connection, "COMMENT ON INDEX devmesh." + NAME + " IS '" + Sha256.hex(sql) + "'");
        LOG.info("PostgreSQL: made {} in {} ms", NAME, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
    }

    private void makeFunctions(Connection connection) throws SQLException {
        String sql = functionsSql(connection);
        connection.setAutoCommit(false);
        try {
            run(connection, sql.replace("${hash}", Sha256.hex(sql)));
            connection.commit();
        } catch (SQLException failed) {
            connection.rollback();
            throw failed;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static boolean hasExtension(Connection connection) throws SQLException {
        return one(connection, "SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'vector'")
                .isPresent();
    }

    private boolean isIndexCurrent(Connection connection) throws SQLException {
        return one(connection, """
                SELECT obj_description(indexrelid, 'pg_class') FROM pg_catalog.pg_index
                WHERE indexrelid = to_regclass('devmesh.idx_vector_embeddings_similarity') AND indisvalid""")
                .filter(Sha256.hex(indexSql(connection))::equals)
                .isPresent();
    }

    private boolean areFunctionsCurrent(Connection connection) throws SQLException {
        return one(connection, "SELECT obj_description(to_regproc('devmesh.nearest_items_indexed'), 'pg_proc')")
                .filter(Sha256.hex(functionsSql(connection))::equals)
                .isPresent();
    }

    private String indexSql(Connection connection) throws SQLException {
        String schema = schema(connection);
        return "CREATE INDEX CONCURRENTLY " + NAME + " ON devmesh.vector_embeddings USING hnsw ((embedding::"
                + type(schema) + ") " + schema + (isHalf() ? ".halfvec_cosine_ops" : ".vector_cosine_ops")
                + ") WHERE model = "
                + literal(model) + " AND dimensions = " + dimensions;
    }

    private String functionsSql(Connection connection) throws SQLException {
        String schema = schema(connection);
        return Migration.resource("vectors/nearest.sql")
                .replace("${schema}", schema)
                .replace("${type}", type(schema))
                .replace("${dimensions}", Integer.toString(dimensions))
                .replace("${model}", literal(model));
    }

    private String type(String schema) {
        return schema + (isHalf() ? ".halfvec(" : ".vector(") + dimensions + ")";
    }

    private boolean isHalf() {
        return dimensions > MOST_WHOLE;
    }

    /** Where the extension is, ready to be written before a name. */
    private static String schema(Connection connection) throws SQLException {
        return one(connection, """
                SELECT quote_ident(n.nspname) FROM pg_catalog.pg_extension e
                JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'""").orElseThrow();
    }

    /** With no dollar sign in it, so that it can stand within a body quoted by those. */
    private static String literal(String text) {
        return "E'" + text.replace("\\", "\\\\").replace("'", "''").replace("$", "\\x24") + "'";
    }

    private static Optional<String> one(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
