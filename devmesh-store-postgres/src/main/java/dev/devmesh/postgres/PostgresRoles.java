package dev.devmesh.postgres;

import dev.devmesh.access.Role;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.store.RoleStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class PostgresRoles implements RoleStore {

    private static final String SELECT = """
            SELECT r.id, r.tenant_id, r.name, r.built_in,
                   ARRAY(SELECT rp.scope FROM role_permissions rp
                         WHERE rp.tenant_id = r.tenant_id AND rp.role_id = r.id) AS allowed
            FROM roles r
            """;

    private final PostgresUnit unit;

    PostgresRoles(PostgresUnit unit) {
        this.unit = unit;
    }

    @Override
    public boolean insert(Role role) {
        unit.requireMine("a role", role.tenant());
        int inserted = unit.link()
                .change(
                        "INSERT INTO roles (id, tenant_id, name, built_in) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                        role.id(),
                        unit.tenantId(),
                        role.name(),
                        role.builtIn());
        if (inserted > 0) {
            permit(role.id(), role.allowed());
        } else if (find(role.id()).isPresent() || findByName(role.name()).isEmpty()) {
            throw new IllegalStateException("there is a role " + role.id() + " already; use a new id");
        }
        return inserted > 0;
    }

    @Override
    public Optional<Role> find(String id) {
        return unit.link()
                .find(SELECT + "WHERE r.tenant_id = ? AND r.id = ?", PostgresRoles::role, unit.tenantId(), id);
    }

    @Override
    public Optional<Role> findByName(String name) {
        return unit.link()
                .find(SELECT + "WHERE r.tenant_id = ? AND r.name = ?", PostgresRoles::role, unit.tenantId(), name);
    }

    /** Locks first and reads then: what the statement that waited saw of the permissions is from before it waited. */
    @Override
    public Optional<Role> lock(String id) {
        return unit.link()
                .find(
                        "SELECT id FROM roles WHERE tenant_id = ? AND id = ? FOR NO KEY UPDATE",
                        row -> row.getString(1),
                        unit.tenantId(),
                        id)
                .flatMap(this::find);
    }

    @Override
    public List<Role> list() {
        return unit.link().list(SELECT + "WHERE r.tenant_id = ? ORDER BY r.name", PostgresRoles::role, unit.tenantId());
    }

    @Override
    public void allow(String id, Scopes allowed) {
        if (find(id).isEmpty()) {
            throw new IllegalStateException("there is no role " + id + " to change; lock it first");
        }
        unit.link().change("DELETE FROM role_permissions WHERE tenant_id = ? AND role_id = ?", unit.tenantId(), id);
        permit(id, allowed);
    }

    @Override
    public boolean delete(String id) {
        return unit.link().change("DELETE FROM roles WHERE tenant_id = ? AND id = ?", unit.tenantId(), id) > 0;
    }

    @Override
    public List<Role> of(String userId) {
        return unit.link().list(SELECT + """
                JOIN user_roles ur ON ur.tenant_id = r.tenant_id AND ur.role_id = r.id
                WHERE ur.tenant_id = ? AND ur.user_id = ? ORDER BY r.name""", PostgresRoles::role, unit.tenantId(), userId);
    }

    @Override
    public boolean give(String userId, String roleId) {
        int given = unit.link().change("""
                INSERT INTO user_roles (user_id, role_id, tenant_id)
                SELECT u.id, r.id, u.tenant_id
                FROM users u JOIN roles r ON r.tenant_id = u.tenant_id
                WHERE u.tenant_id = ? AND u.id = ? AND r.id = ?
                ON CONFLICT DO NOTHING""", unit.tenantId(), userId, roleId);
        if (given == 0 && of(userId).stream().noneMatch(role -> role.id().equals(roleId))) {
            throw new IllegalStateException("there is no user " + userId + " or no role " + roleId + " to give");
        }
        return given > 0;
    }

    @Override
    public boolean take(String userId, String roleId) {
        return unit.link()
                        .change(
                                "DELETE FROM user_roles WHERE tenant_id = ? AND user_id = ? AND role_id = ?",
                                unit.tenantId(),
                                userId,
                                roleId)
                > 0;
    }

    private void permit(String roleId, Scopes allowed) {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (String scope : allowed.names()) {
            int resource = scope.indexOf(':');
            int action = resource < 0 ? -1 : scope.indexOf(':', resource + 1);
            String permission = action < 0 ? scope : scope.substring(0, action);
            String name = action < 0 ? "" : scope.substring(action + 1);
            rows.add(new Object[] {roleId, permission, name, unit.tenantId()});
        }
        unit.link()
                .changeEach(
                        "INSERT INTO role_permissions (role_id, permission_id, name, tenant_id) VALUES (?, ?, ?, ?)",
                        rows);
    }

    private static Role role(ResultSet row) throws SQLException {
        return new Role(
                row.getString("id"),
                new Tenant(row.getString("tenant_id")),
                row.getString("name"),
                row.getBoolean("built_in"),
                Scopes.of(Rows.texts(row, "allowed")));
    }
}
