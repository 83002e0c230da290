package dev.devmesh.postgres;

import dev.devmesh.access.TenantInfo;
import dev.devmesh.auth.Tenant;
import dev.devmesh.store.Position;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What is kept of tenants: for the system role. */
final class PostgresTenants {

    private static final String SELECT = "SELECT id, name, created_at, suspended_at, deleted_at FROM tenants ";

    private PostgresTenants() {}

    static Optional<TenantInfo> find(Link link, Tenant tenant) {
        return link.find(SELECT + "WHERE id = ?", PostgresTenants::tenant, tenant.id());
    }

    static List<TenantInfo> list(Link link, @Nullable Position after, int limit) {
        List<Object> values = new ArrayList<>();
        String behind = "";
        if (after != null) {
            behind = "WHERE (created_at, id) < (?, ?) ";
            values.add(after.createdAt());
            values.add(after.id());
        }
        values.add(limit);
        return link.list(
                SELECT + behind + "ORDER BY created_at DESC, id DESC LIMIT ?",
                PostgresTenants::tenant,
                values.toArray());
    }

    static boolean insert(Link link, TenantInfo tenant) {
        return link.change(
                        """
                INSERT INTO tenants (id, name, created_at, suspended_at, deleted_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING""",
                        tenant.tenant().id(),
                        tenant.name(),
                        tenant.createdAt(),
                        tenant.suspendedAt().orElse(null),
                        tenant.deletedAt().orElse(null))
                > 0;
    }

    static Optional<TenantInfo> change(Link link, Tenant tenant, UnaryOperator<TenantInfo> change) {
        Optional<TenantInfo> before =
                link.find(SELECT + "WHERE id = ? FOR NO KEY UPDATE", PostgresTenants::tenant, tenant.id());
        if (before.isEmpty()) {
            return before;
        }
        TenantInfo after = change.apply(before.get());
        return link.find(
                """
                UPDATE tenants SET name = ?, suspended_at = ?, deleted_at = ? WHERE id = ?
                RETURNING id, name, created_at, suspended_at, deleted_at""",
                PostgresTenants::tenant,
                after.name(),
                after.suspendedAt().orElse(null),
                after.deletedAt().orElse(null),
                tenant.id());
    }

    private static TenantInfo tenant(ResultSet row) throws SQLException {
        return new TenantInfo(
                new Tenant(row.getString("id")),
                row.getString("name"),
                Times.from(row, "created_at"),
                Times.optionalFrom(row, "suspended_at"),
                Times.optionalFrom(row, "deleted_at"));
    }
}
