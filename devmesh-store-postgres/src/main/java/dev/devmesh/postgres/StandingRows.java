package dev.devmesh.postgres;

import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.TenantState;
import dev.devmesh.auth.UserRights;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;

/** How a tenant and a user stand, as columns of one query: whoever asks is about to answer a request. */
final class StandingRows {

    /** Of the tables that {@link #OF_USER} or {@link #OF_SUBJECT} join. */
    static final String COLUMNS = """
            t.suspended_at IS NOT NULL AS suspended, t.deleted_at IS NOT NULL AS deleted,
            u.id AS acting_user, u.disabled_at IS NULL AS enabled,
            ARRAY(SELECT r.name
                  FROM user_roles ur JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id
                  WHERE ur.tenant_id = u.tenant_id AND ur.user_id = u.id) AS roles,
            ARRAY(SELECT rp.scope
                  FROM user_roles ur JOIN role_permissions rp ON rp.tenant_id = ur.tenant_id AND rp.role_id = ur.role_id
                  WHERE ur.tenant_id = u.tenant_id AND ur.user_id = u.id
                  UNION
                  SELECT 'tools:execute:' || tp.tool_name
                  FROM tool_permissions tp
                  WHERE tp.tenant_id = u.tenant_id AND tp.user_id = u.id) AS allowed
            """;

    /** Joins what is asked about, {@code k}, by its tenant_id and user_id. */
    static final String OF_USER = """
            LEFT JOIN tenants t ON t.id = k.tenant_id
            LEFT JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
            """;

    /** Joins what is asked about, {@code k}, by its tenant_id and subject. */
    static final String OF_SUBJECT = """
            LEFT JOIN tenants t ON t.id = k.tenant_id
            LEFT JOIN users u ON u.tenant_id = k.tenant_id AND u.subject = k.subject AND u.subject <> ''
            """;

    private static final String ASKED =
            "SELECT " + COLUMNS + "FROM (SELECT ?::text COLLATE \"C\" AS tenant_id, ?::text COLLATE \"C\" AS %s) k ";

    private StandingRows() {}

    /** How a credential of this tenant stands that acts for this user; '' for nobody. */
    static Standing ofUser(Link link, String tenantId, String userId) {
        return link.find(ASKED.formatted("user_id") + OF_USER, StandingRows::read, tenantId, userId)
                .orElseThrow();
    }

    /** How a caller of this tenant stands whom an issuer calls so. */
    static Standing ofSubject(Link link, String tenantId, String subject) {
        return link.find(ASKED.formatted("subject") + OF_SUBJECT, StandingRows::read, tenantId, subject)
                .orElseThrow();
    }

    static Standing read(ResultSet row) throws SQLException {
        return new Standing(tenant(row), user(row));
    }

    private static TenantState tenant(ResultSet row) throws SQLException {
        if (row.getBoolean("deleted")) {
            return TenantState.DELETED;
        }
        return row.getBoolean("suspended") ? TenantState.SUSPENDED : TenantState.ACTIVE;
    }

    private static Optional<UserRights> user(ResultSet row) throws SQLException {
        String id = row.getString("acting_user");
        return id == null
                ? Optional.empty()
                : Optional.of(new UserRights(
                        id,
                        row.getBoolean("enabled"),
                        Set.copyOf(Rows.texts(row, "roles")),
                        Scopes.of(Rows.texts(row, "allowed"))));
    }
}
