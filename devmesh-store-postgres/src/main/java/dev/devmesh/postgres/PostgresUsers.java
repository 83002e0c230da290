package dev.devmesh.postgres;

import dev.devmesh.access.User;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.store.Position;
import dev.devmesh.store.UserStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

final class PostgresUsers implements UserStore {

    private static final String COLUMNS = "u.id, u.tenant_id, u.email, u.name, u.subject, u.created_at, u.disabled_at";
    private static final String SELECT = "SELECT " + COLUMNS + " FROM users u ";

    private final PostgresUnit unit;

    PostgresUsers(PostgresUnit unit) {
        this.unit = unit;
    }

    @Override
    public Optional<Taken> insert(User user) {
        unit.requireMine("a user", user.tenant());
        return unit.link()
                .attempt(
                        """
                INSERT INTO users (id, tenant_id, email, name, subject, created_at, disabled_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                        user.id(),
                        unit.tenantId(),
                        user.email(),
                        user.name(),
                        user.subject(),
                        user.createdAt(),
                        user.disabledAt().orElse(null))
                .violated()
                .map(PostgresUsers::taken);
    }

    @Override
    public Optional<User> find(String id) {
        return unit.link()
                .find(SELECT + "WHERE u.tenant_id = ? AND u.id = ?", PostgresUsers::user, unit.tenantId(), id);
    }

    @Override
    public Optional<User> lock(String id) {
        return unit.link()
                .find(
                        SELECT + "WHERE u.tenant_id = ? AND u.id = ? FOR NO KEY UPDATE",
                        PostgresUsers::user,
                        unit.tenantId(),
                        id);
    }

    @Override
    public List<User> list(String email, @Nullable Position after, int limit) {
        List<Object> values = new ArrayList<>(List.of(unit.tenantId()));
        StringBuilder which = new StringBuilder("WHERE u.tenant_id = ?");
        if (!email.isEmpty()) {
            which.append(" AND u.email = ? AND u.email <> ''");
            values.add(email);
        }
        if (after != null) {
            which.append(" AND (u.created_at, u.id) < (?, ?)");
            values.add(after.createdAt());
            values.add(after.id());
        }
        values.add(limit);
        return unit.link()
                .list(
                        SELECT + which + " ORDER BY u.created_at DESC, u.id DESC LIMIT ?",
                        PostgresUsers::user,
                        values.toArray());
    }

    @Override
    public Optional<Taken> update(User user) {
        if (find(user.id()).isEmpty()) {
            throw new IllegalStateException("there is no user " + user.id() + " to change; lock it first");
        }
        return unit.link()
                .attempt(
                        """
                UPDATE users SET email = ?, name = ?, subject = ?, disabled_at = ? WHERE tenant_id = ? AND id = ?""",
                        user.email(),
                        user.name(),
                        user.subject(),
                        user.disabledAt().orElse(null),
                        unit.tenantId(),
                        user.id())
                .violated()
                .map(PostgresUsers::taken);
    }

    @Override
    public boolean delete(String id) {
        return unit.link().change("DELETE FROM users WHERE tenant_id = ? AND id = ?", unit.tenantId(), id) > 0;
    }

    @Override
    public Standing standing(String id) {
        return StandingRows.ofUser(unit.link(), unit.tenantId(), id);
    }

    @Override
    public List<Holder> holders(Collection<String> roleIds, Collection<String> tools, String after, int limit) {
        String[] roles = Rows.texts(roleIds);
        String[] names = Rows.texts(tools);
        return unit.link()
                .list(
                        "SELECT " + COLUMNS + """
                ,
                       ARRAY(SELECT ur.role_id FROM user_roles ur
                             WHERE ur.tenant_id = u.tenant_id AND ur.user_id = u.id AND ur.role_id = ANY (?)) AS roles,
                       ARRAY(SELECT tp.tool_name FROM tool_permissions tp
                             WHERE tp.tenant_id = u.tenant_id AND tp.user_id = u.id AND tp.tool_name = ANY (?)) AS tools
                FROM users u
                WHERE u.tenant_id = ? AND u.id > ? AND u.id IN (
                    SELECT user_id FROM user_roles WHERE tenant_id = ? AND role_id = ANY (?)
                    UNION ALL
                    SELECT user_id FROM tool_permissions WHERE tenant_id = ? AND tool_name = ANY (?))
                ORDER BY u.id LIMIT ?""",
                        row -> new Holder(
                                user(row), Set.copyOf(Rows.texts(row, "roles")), Set.copyOf(Rows.texts(row, "tools"))),
                        roles,
                        names,
                        unit.tenantId(),
                        after,
                        unit.tenantId(),
                        roles,
                        unit.tenantId(),
                        names,
                        limit);
    }

    private static Taken taken(String index) {
        return switch (index) {
            case "idx_users_tenant_email" -> Taken.EMAIL;
            case "idx_users_tenant_subject" -> Taken.SUBJECT;
            default -> Taken.ID;
        };
    }

    private static User user(ResultSet row) throws SQLException {
        return new User(
                row.getString("id"),
                new Tenant(row.getString("tenant_id")),
                row.getString("email"),
                row.getString("name"),
                row.getString("subject"),
                Times.from(row, "created_at"),
                Times.optionalFrom(row, "disabled_at"));
    }
}
