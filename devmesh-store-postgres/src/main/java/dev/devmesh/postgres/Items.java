package dev.devmesh.postgres;

import dev.devmesh.context.ContextItem;
import dev.devmesh.context.EmbeddingState;
import dev.devmesh.context.ItemFilter;
import dev.devmesh.context.Role;
import dev.devmesh.context.Search;
import dev.devmesh.store.Found;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Items as the rows of several statements have them, and the filter of a search as the functions take it. */
final class Items {

    private Items() {}

    static ContextItem item(ResultSet row) throws SQLException {
        return new ContextItem(
                row.getString("id"),
                row.getString("context_id"),
                row.getLong("seq"),
                Role.of(row.getString("role")),
                row.getString("content"),
                row.getInt("token_count"),
                Rows.object(row, "metadata"),
                row.getBoolean("pinned"),
                EmbeddingState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                Times.from(row, "created_at"));
    }

    static Found found(ResultSet row) throws SQLException {
        return new Found(item(row), row.getString("context_name"), row.getDouble("score"));
    }

    /** What stands behind the question: context, agent, role, from, until, members, now and how many. */
    static @Nullable Object[] arguments(String tenant, Search search, Instant now, Object... question) {
        ItemFilter filter = search.filter();
        List<@Nullable Object> all = new ArrayList<>(List.of(question));
        all.add(search.contextId());
        all.add(filter.agent());
        all.add(filter.role().map(Role::wireName).orElse(""));
        all.add(filter.from().orElse(Instant.MIN));
        all.add(filter.until().orElse(Instant.MAX));
        all.add(Members.wanted(tenant, filter.metadata()));
        all.add(now);
        all.add(search.limit());
        return all.toArray();
    }
}
