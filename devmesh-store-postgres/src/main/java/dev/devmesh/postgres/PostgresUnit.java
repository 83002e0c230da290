package dev.devmesh.postgres;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.ApiKeyStore;
import dev.devmesh.store.AuditStore;
import dev.devmesh.store.ConfinedSession;
import dev.devmesh.store.ContextStore;
import dev.devmesh.store.EmbeddingStore;
import dev.devmesh.store.ErasureStore;
import dev.devmesh.store.IdempotencyStore;
import dev.devmesh.store.JobStore;
import dev.devmesh.store.RoleStore;
import dev.devmesh.store.SessionStore;
import dev.devmesh.store.TaskStore;
import dev.devmesh.store.ToolPermissionStore;
import dev.devmesh.store.UserStore;
import java.sql.Connection;
import java.time.Clock;

/** One unit of work: a transaction of one tenant. */
final class PostgresUnit extends ConfinedSession {

    private final Link link;
    private final String tenantId;
    private final ContextStore contexts;
    private final EmbeddingStore embeddings;
    private final ApiKeyStore keys;
    private final JobStore jobs;
    private final TaskStore tasks;
    private final SessionStore sessions;
    private final IdempotencyStore idempotency;
    private final AuditStore audit;
    private final ErasureStore erasure;

    PostgresUnit(Link link, Tenant tenant, Clock clock, boolean vectorsAreIndexed) {
        super(tenant);
        this.link = link;
        this.tenantId = tenant.id();
        this.contexts = new PostgresContexts(this);
        this.embeddings = new PostgresEmbeddings(this, vectorsAreIndexed);
        this.keys = new PostgresKeys(this);
        this.jobs = new PostgresJobs(this, clock);
        this.tasks = new PostgresTasks(this);
        this.sessions = new PostgresSessions(this);
        this.idempotency = new PostgresIdempotency(this);
        this.audit = new PostgresAudit(this);
        this.erasure = new PostgresErasure(this);
    }

    @Override
    public ContextStore contexts() {
        requireUsable();
        return contexts;
    }

    @Override
    public EmbeddingStore embeddings() {
        requireUsable();
        return embeddings;
    }

    @Override
    public ApiKeyStore keys() {
        requireUsable();
        return keys;
    }

    @Override
    public UserStore users() {
        throw new IllegalStateException("comes with branch pg");
    }

    @Override
    public RoleStore roles() {
        throw new IllegalStateException("comes with branch pg");
    }

    @Override
    public ToolPermissionStore toolPermissions() {
        throw new IllegalStateException("comes with branch pg");
    }

    @Override
    public JobStore jobs() {
        requireUsable();
        return jobs;
    }

    @Override
    public TaskStore tasks() {
        requireUsable();
        return tasks;
    }

    @Override
    public SessionStore sessions() {
        requireUsable();
        return sessions;
    }

    @Override
    public IdempotencyStore idempotency() {
        requireUsable();
        return idempotency;
    }

    @Override
    public AuditStore audit() {
        requireUsable();
        return audit;
    }

    @Override
    public ErasureStore erasure() {
        requireUsable();
        return erasure;
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
