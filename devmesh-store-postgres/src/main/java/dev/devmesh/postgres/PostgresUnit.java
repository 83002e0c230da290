package dev.devmesh.postgres;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.ConfinedSession;
import java.sql.Connection;
import java.time.Clock;

/** One unit of work: a transaction of one tenant. */
final class PostgresUnit extends ConfinedSession {

    private final Link link;
    private final String tenantId;
    private final Parts parts;

    PostgresUnit(Link link, Tenant tenant, Clock clock, boolean vectorsAreIndexed) {
        super(tenant);
        this.link = link;
        this.tenantId = tenant.id();
        this.parts = new Parts(
                new PostgresContexts(this),
                new PostgresEmbeddings(this, vectorsAreIndexed),
                new PostgresKeys(this),
                new PostgresUsers(this),
                new PostgresRoles(this),
                new PostgresToolPermissions(this),
                new PostgresRefreshTokens(this),
                new PostgresJobs(this, clock),
                new PostgresTasks(this),
                new PostgresSessions(this),
                new PostgresIdempotency(this),
                new PostgresAudit(this),
                new PostgresErasure(this));
    }

    @Override
    protected Parts parts() {
        return parts;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        requireUsable();
        if (type != Connection.class) {
            throw new IllegalStateException("The PostgreSQL store has no " + type.getName()
                    + " to write through. Ask for java.sql.Connection.");
        }
        return type.cast(link.connection());
    }

    /** What this unit's statements go through. */
    Link link() {
        requireUsable();
        return link;
    }

    /** The id of the tenant, for a statement: the application's own predicate beside the policy of the table. */
    String tenantId() {
        return tenantId;
    }

    /**
     * Keeps others who call this with the same name from going on until this unit ends; what they committed is seen
     * afterwards. For rows that may not exist yet.
     */
    void lockName(String table, String... name) {
        String all = table + '/' + tenantId + '/' + String.join("/", name);
        link().find("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", row -> true, all);
    }
}
