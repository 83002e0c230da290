package dev.devmesh.postgres;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.EmbeddingBacklog;
import dev.devmesh.store.PendingItem;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Which items are to be embedded, across tenants: what the system operations do with them, as statements. */
final class PostgresLeases {

    /** How many rows one transaction of {@link #again} looks at. */
    private static final int BATCH = 5_000;

    private PostgresLeases() {}

    static List<PendingItem> lend(Link link, Instant now, Instant until, int max) {
        return link.list(
                """
                WITH due AS (
                    SELECT v.tenant_id, v.context_id, v.seq, v.due_at, v.attempts
                    FROM vector_embeddings v
                    WHERE v.state = 'pending' AND v.due_at <= ?
                      AND NOT EXISTS (SELECT 1 FROM contexts c
                                      WHERE c.tenant_id = v.tenant_id AND c.id = v.context_id AND c.expires_at <= ?)
                    ORDER BY v.due_at, v.context_id, v.seq
                    LIMIT ?
                    FOR UPDATE OF v SKIP LOCKED),
                lent AS (
                    UPDATE vector_embeddings v
                    SET due_at = ?, attempts = v.attempts + 1
                    FROM due
                    WHERE v.tenant_id = due.tenant_id AND v.context_id = due.context_id AND v.seq = due.seq)
                SELECT due.tenant_id, due.context_id, due.seq, i.id, i.content, due.attempts
                FROM due
                JOIN context_items i USING (tenant_id, context_id, seq)
                ORDER BY due.due_at, due.context_id, due.seq""",
                row -> new PendingItem(
                        new Tenant(row.getString("tenant_id")),
                        row.getString("context_id"),
                        row.getLong("seq"),
                        row.getString("id"),
                        row.getString("content"),
                        row.getInt("attempts")),
                now,
                now,
                max,
                until);
    }

    /**
     * How far a walk over all items has come.
     *
     * @param tenant the last item's tenant
     * @param contextId its context
     * @param seq its place
     * @param count how many became pending so far
     * @param isOver whether it was the last
     */
    record Progress(String tenant, String contextId, long seq, long count, boolean isOver) {

        static Progress begin() {
            return new Progress("", "", 0, 0, false);
        }
    }

    /** One batch of a walk by key, so that each item is met once, whatever others lease meanwhile. */
    static Progress again(Link link, String model, Instant now, Progress sofar) {
        Optional<Progress> next = link.find(
                """
                WITH batch AS MATERIALIZED (
                    SELECT tenant_id, context_id, seq, state, model
                    FROM vector_embeddings
                    WHERE (tenant_id, context_id, seq) > (?, ?, ?)
                    ORDER BY tenant_id, context_id, seq
                    LIMIT ?
                    FOR UPDATE),
                again AS (
                    UPDATE vector_embeddings v
                    SET state = 'pending', due_at = ?, attempts = 0, reason = ''
                    FROM batch b
                    WHERE v.tenant_id = b.tenant_id AND v.context_id = b.context_id AND v.seq = b.seq
                      AND b.model IS DISTINCT FROM ?)
                SELECT tenant_id, context_id, seq,
                       (SELECT count(*) FROM batch WHERE model IS DISTINCT FROM ? AND state <> 'pending') AS again,
                       (SELECT count(*) FROM batch) AS seen
                FROM batch
                ORDER BY tenant_id DESC, context_id DESC, seq DESC
                LIMIT 1""",
                row -> new Progress(
                        row.getString("tenant_id"),
                        row.getString("context_id"),
                        row.getLong("seq"),
                        sofar.count() + row.getLong("again"),
                        row.getLong("seen") < BATCH),
                sofar.tenant(),
                sofar.contextId(),
                sofar.seq(),
                BATCH,
                now,
                model,
                model);
        return next.orElse(new Progress(sofar.tenant(), sofar.contextId(), sofar.seq(), sofar.count(), true));
    }

    static EmbeddingBacklog backlog(Link link, String model) {
        // Below and above, because an index finds no "other than".
        return link.find(
                        """
                SELECT (SELECT count(*) FROM vector_embeddings WHERE state = 'pending') AS pending,
                       (SELECT count(*) FROM vector_embeddings WHERE state = 'failed') AS failed,
                       EXISTS (SELECT 1 FROM vector_embeddings WHERE model < ?)
                       OR EXISTS (SELECT 1 FROM vector_embeddings WHERE model > ?) AS others""",
                        row -> new EmbeddingBacklog(
                                row.getLong("pending"), row.getLong("failed"), row.getBoolean("others")),
                        model,
                        model)
                .orElseThrow();
    }
}
