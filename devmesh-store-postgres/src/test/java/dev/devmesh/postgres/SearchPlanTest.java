package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** How PostgreSQL runs the search, as the application role: by the index, for one tenant and one context. */
final class SearchPlanTest {

    private static final String BY_WORDS = "Bitmap Index Scan on idx_context_items_words";

    @Test
    void theSearchUsesItsIndexAsTheApplicationRole() throws SQLException {
        try (TestPostgres.Database database = TestPostgres.migrated()) {
            fill(database);
            try (Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                // The plan of a statement within a function is only in the log, which this sends here.
                statement.execute("LOAD 'auto_explain'");
                statement.execute("SET auto_explain.log_min_duration = 0");
                statement.execute("SET auto_explain.log_nested_statements = on");
                statement.execute("SET auto_explain.log_analyze = on");
                statement.execute("SET auto_explain.log_level = notice");
                statement.execute("SET ROLE devmesh_app");
                statement.execute("SET devmesh.tenant_id = 'tenant7'");

                String everywhere = plan(statement, "'w13'", "");
                String common = plan(statement, "'common'", "");
                String inLarge = plan(statement, "'w13'", "ctx_7");
                String inSmall = plan(statement, "'common'", "ctx_7_small");

                assertThat(everywhere).contains(BY_WORDS);
                // Items of other tenants with the same word are not even looked at: they have 30,000.
                assertThat(common).containsPattern(BY_WORDS + ".* rows=5010 loops");
                assertThat(inLarge).contains(BY_WORDS);
                // In a small context it may be quicker to look at all of its items.
                assertThat(inSmall).containsPattern(BY_WORDS + "|Index Scan using context_items_pkey");
                for (String plan : new String[] {everywhere, common, inLarge, inSmall}) {
                    assertThat(plan).doesNotContain("Seq Scan on context_items");
                }
            }
        }
    }

    private static void fill(TestPostgres.Database database) {
        database.execute(
                "INSERT INTO devmesh.contexts SELECT 'ctx_' || t, 'tenant' || t, '', '', '{}', '{}', 0, 0, 1, 400,"
                        + " now(), now(), NULL FROM generate_series(1, 7) t");
        database.execute(
                "INSERT INTO devmesh.contexts VALUES ('ctx_7_small', 'tenant7', '', '', '{}', '{}', 0, 0, 1, 400,"
                        + " now(), now(), NULL)");
        items(database, "generate_series(1, 7) t, generate_series(1, 5000) i", "'ctx_' || t");
        items(database, "generate_series(7, 7) t, generate_series(1, 10) i", "'ctx_7_small'");
        // As autovacuum does: it also empties the list of what the index has not taken in yet.
        database.execute("VACUUM ANALYZE devmesh.context_items");
        database.execute("ANALYZE devmesh.contexts");
        database.execute("ANALYZE devmesh.vector_embeddings");
    }

    private static void items(TestPostgres.Database database, String from, String context) {
        String words = "format('''=tenant%s'' ''#%s'' ''common'':1 ''w%s'':2', t, " + context + ", i)::tsvector";
        database.execute("INSERT INTO devmesh.context_items SELECT 'item', " + context + ", 'tenant' || t, i, 'user',"
                + " 'common w' || i, 1, '{}', '{}', false, now(), " + words + " FROM " + from);
        TestPostgres.pending(database);
    }

    private static String plan(Statement statement, String question, String context) throws SQLException {
        statement.clearWarnings();
        String sql = "SELECT * FROM devmesh.search_items($$" + question + "$$::tsquery, '" + context
                + "', '', '', '-infinity', 'infinity', '{}', now(), 9)";
        statement.executeQuery(sql).close();
        StringBuilder plan = new StringBuilder();
        for (SQLWarning line = statement.getWarnings(); line != null; line = line.getNextWarning()) {
            plan.append(line.getMessage()).append('\n');
        }
        return plan.toString();
    }
}
