package dev.devmesh.postgres;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Random;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** Vectors in clusters, as those of texts are, and a quick way to store many of them. */
final class ManyVectors {

    /** When every hundredth was appended; the others are new. */
    static final Instant OLD = Instant.parse("2020-01-01T00:00:00Z");

    private final Random random;
    private final int dimensions;
    private final float[][] centres;

    ManyVectors(Random random, int dimensions, int clusters) {
        this.random = random;
        this.dimensions = dimensions;
        this.centres = new float[clusters][];
        for (int i = 0; i < clusters; i++) {
            centres[i] = noise();
        }
    }

    float[][] next(int count) {
        float[][] vectors = new float[count][];
        for (int i = 0; i < count; i++) {
            float[] centre = centres[random.nextInt(centres.length)];
            float[] vector = noise();
            for (int d = 0; d < dimensions; d++) {
                vector[d] = centre[d] + 0.8f * vector[d];
            }
            vectors[i] = vector;
        }
        return vectors;
    }

    private float[] noise() {
        float[] vector = new float[dimensions];
        for (int d = 0; d < dimensions; d++) {
            vector[d] = (float) random.nextGaussian();
        }
        return vector;
    }

    static double cosine(float[] one, float[] other) {
        double dot = 0;
        double squares = 0;
        double otherSquares = 0;
        for (int i = 0; i < one.length; i++) {
            dot += (double) one[i] * other[i];
            squares += (double) one[i] * one[i];
            otherSquares += (double) other[i] * other[i];
        }
        return dot / Math.sqrt(squares * otherSquares);
    }

    /**
     * A thousand to a context, with the members {@code tenth}, {@code hundredth} and {@code rare} in the metadata of every
     * tenth, hundredth and five-thousandth.
     */
    static void store(TestPostgres.Database database, String tenant, String model, float[][] vectors)
            throws SQLException, IOException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET session_replication_role = replica");
            statement.execute("CREATE TEMP TABLE given (n integer, embedding real[])");
            CopyIn copy =
                    connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY given FROM STDIN (FORMAT binary)");
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.write("PGCOPY\n\377\r\n\0".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            out.writeLong(0);
            for (int n = 0; n < vectors.length; n++) {
                row(out, n, vectors[n]);
                copy.writeToCopy(bytes.toByteArray(), 0, bytes.size());
                bytes.reset();
            }
            out.writeShort(-1);
            copy.writeToCopy(bytes.toByteArray(), 0, bytes.size());
            copy.endCopy();
            statement.execute("INSERT INTO devmesh.contexts SELECT 'ctx_" + tenant + "_' || c, '" + tenant
                    + "', '', '', '{}', '{}', 0, 0, 1, 0, now(), now(), NULL FROM generate_series(0, "
                    + (vectors.length - 1) / 1_000 + ") c");
            statement.execute("INSERT INTO devmesh.context_items SELECT 'item_" + tenant + "_' || n, 'ctx_" + tenant
                    + "_' || n / 1000, '" + tenant
                    + "', n % 1000 + 1, CASE WHEN n % 10 = 4 THEN 'tool' ELSE 'user' END, 'text ' || n, 2, '{}',"
                    + " array_remove(ARRAY[CASE WHEN n % 10 = 3 THEN '" + member(tenant, "tenth") + "'::uuid END,"
                    + " CASE WHEN n % 100 = 7 THEN '" + member(tenant, "hundredth") + "'::uuid END,"
                    + " CASE WHEN n % 5000 = 11 THEN '" + member(tenant, "rare") + "'::uuid END], NULL),"
                    + " false, CASE WHEN n % 100 = 9 THEN timestamptz '" + OLD + "' ELSE now() END, '' FROM given");
            statement.execute("INSERT INTO devmesh.vector_embeddings SELECT '" + tenant + "', 'ctx_" + tenant
                    + "_' || n / 1000, n % 1000 + 1, 'item_" + tenant + "_' || n, 'done', now(), 1, '', '" + model
                    + "', lpad(n::text, 64, '0'), cardinality(embedding),"
                    + " sqrt((SELECT sum(x::double precision * x) FROM unnest(embedding) x)), embedding FROM given");
            statement.execute("ANALYZE");
        }
    }

    private static String member(String tenant, String name) {
        return Members.wanted(
                tenant,
                dev.devmesh.context.Search.text("x")
                        .metadata(name, "yes")
                        .filter()
                        .metadata())[0].toString();
    }

    private static void row(DataOutputStream out, int n, float[] vector) throws IOException {
        out.writeShort(2);
        out.writeInt(4);
        out.writeInt(n);
        out.writeInt(20 + 8 * vector.length);
        out.writeInt(1);
        out.writeInt(0);
        out.writeInt(700); // float4
        out.writeInt(vector.length);
        out.writeInt(1);
        for (float number : vector) {
            out.writeInt(4);
            out.writeFloat(number);
        }
    }
}
