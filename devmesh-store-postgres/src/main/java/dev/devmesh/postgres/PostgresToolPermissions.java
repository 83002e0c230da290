package dev.devmesh.postgres;

import dev.devmesh.store.ToolPermissionStore;
import java.util.Set;

final class PostgresToolPermissions implements ToolPermissionStore {

    private final PostgresUnit unit;

    PostgresToolPermissions(PostgresUnit unit) {
        this.unit = unit;
    }

    @Override
    public Set<String> of(String userId) {
        return Set.copyOf(unit.link()
                .list(
                        "SELECT tool_name FROM tool_permissions WHERE tenant_id = ? AND user_id = ?",
                        row -> row.getString(1),
                        unit.tenantId(),
                        userId));
    }

    @Override
    public Set<String> users(String tool) {
        return Set.copyOf(unit.link()
                .list(
                        "SELECT user_id FROM tool_permissions WHERE tenant_id = ? AND tool_name = ?",
                        row -> row.getString(1),
                        unit.tenantId(),
                        tool));
    }

    @Override
    public boolean give(String userId, String tool) {
        int given = unit.link().change("""
                INSERT INTO tool_permissions (user_id, tool_name, tenant_id)
                SELECT id, ?, tenant_id FROM users WHERE tenant_id = ? AND id = ?
                ON CONFLICT DO NOTHING""", tool, unit.tenantId(), userId);
        if (given == 0 && !of(userId).contains(tool)) {
            throw new IllegalStateException("there is no user " + userId + " to give a tool to");
        }
        return given > 0;
    }

    @Override
    public boolean take(String userId, String tool) {
        return unit.link()
                        .change(
                                "DELETE FROM tool_permissions WHERE tenant_id = ? AND user_id = ? AND tool_name = ?",
                                unit.tenantId(),
                                userId,
                                tool)
                > 0;
    }
}
