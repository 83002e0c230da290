package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** How PostgreSQL runs the search, as the application role: by the index, for one tenant and one context. */
final class SearchPlanTest {

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

                String everywhere =
                        plan(statement, "SELECT * FROM devmesh.search_items('''w13'''::tsquery, '', now(), 9)");
                String within =
                        plan(statement, "SELECT * FROM devmesh.search_items('''w13'''::tsquery, 'ctx_7', now(), 9)");
                String common =
                        plan(statement, "SELECT * FROM devmesh.search_items('''common'''::tsquery, 'ctx_7', now(), 9)");

                for (String plan : new String[] {everywhere, within, common}) {
                    assertThat(plan)
                            .contains("Bitmap Index Scan on idx_context_items_words")
                            .doesNotContain("Seq Scan on context_items");
                }
                // Another tenant's items with the same words are not even looked at.
                assertThat(common).containsPattern("Bitmap Index Scan on idx_context_items_words.* rows=400 ");
            }
        }
    }

    private static void fill(TestPostgres.Database database) {
        database.execute("INSERT INTO devmesh.contexts SELECT 'ctx_' || t, 'tenant' || t, '', '', '{}', 0, 0, 1, 400,"
                + " now(), now(), NULL FROM generate_series(1, 50) t");
        database.execute(
                "INSERT INTO devmesh.context_items SELECT 'item_' || t || '_' || i, 'ctx_' || t, 'tenant' || t,"
                        + " i, 'user', 'common w' || i, 1, '{}', now(),"
                        + " ('''=tenant' || t || ''' ''#ctx_' || t || ''' ''common'':1 ''w' || i || ''':2')::tsvector"
                        + " FROM generate_series(1, 50) t, generate_series(1, 400) i");
        database.execute("VACUUM ANALYZE devmesh.context_items");
        database.execute("ANALYZE devmesh.contexts");
    }

    private static String plan(Statement statement, String sql) throws SQLException {
        statement.clearWarnings();
        statement.executeQuery(sql).close();
        StringBuilder plan = new StringBuilder();
        for (SQLWarning line = statement.getWarnings(); line != null; line = line.getNextWarning()) {
            plan.append(line.getMessage()).append('\n');
        }
        return plan.toString();
    }
}
