package dev.devmesh.postgres;

import dev.devmesh.context.Search;
import dev.devmesh.store.EmbeddingStore;
import dev.devmesh.store.Found;
import dev.devmesh.store.PendingItem;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

final class PostgresEmbeddings implements EmbeddingStore {

    private static final String THIS_ROW = "WHERE tenant_id = ? AND context_id = ? AND seq = ? AND item_id = ?";

    private final PostgresUnit unit;
    private final String nearest;

    PostgresEmbeddings(PostgresUnit unit, boolean vectorsAreIndexed) {
        this.unit = unit;
        this.nearest = vectorsAreIndexed ? "nearest_items_indexed" : "nearest_items";
    }

    @Override
    public Map<String, float[]> known(String model, Collection<String> contentHashes) {
        Map<String, float[]> known = new HashMap<>();
        unit.link()
                .take(
                        """
                SELECT DISTINCT ON (content_hash) content_hash, embedding
                FROM vector_embeddings
                WHERE tenant_id = ? AND model = ? AND content_hash = ANY (?)""",
                        row -> {
                            known.put(row.getString("content_hash"), vector(row));
                            return true;
                        },
                        unit.tenantId(),
                        model,
                        Rows.texts(contentHashes));
        return known;
    }

    @Override
    public boolean done(PendingItem item, String model, String contentHash, float[] vector) {
        EmbeddingStore.requireVector(vector);
        return change(
                "state = 'done', reason = '', model = ?, content_hash = ?, dimensions = ?, length = ?, embedding = ?",
                "",
                item,
                model,
                contentHash,
                vector.length,
                length(vector),
                vector);
    }

    @Override
    public boolean retryAt(PendingItem item, Instant when, String reason) {
        return change("due_at = ?, reason = ?", " AND state = 'pending'", item, when, reason);
    }

    @Override
    public boolean failed(PendingItem item, String reason) {
        return change("state = 'failed', reason = ?", " AND state = 'pending'", item, reason);
    }

    @Override
    public List<Found> nearest(float[] question, String model, Search search, Instant now) {
        EmbeddingStore.requireVector(question);
        return unit.link()
                .list(
                        "SELECT * FROM " + nearest + "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        Items::found,
                        Items.arguments(unit.tenantId(), search, now, question, model));
    }

    private boolean change(String assignments, String only, PendingItem item, Object... values) {
        Object[] all = new Object[values.length + 4];
        System.arraycopy(values, 0, all, 0, values.length);
        all[values.length] = unit.tenantId();
        all[values.length + 1] = item.contextId();
        all[values.length + 2] = item.seq();
        all[values.length + 3] = item.itemId();
        return unit.link().change("UPDATE vector_embeddings SET " + assignments + " " + THIS_ROW + only, all) > 0;
    }

    private static double length(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    private static float[] vector(ResultSet row) throws SQLException {
        Float[] numbers = (Float[]) row.getArray("embedding").getArray();
        float[] vector = new float[numbers.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = numbers[i];
        }
        return vector;
    }
}
