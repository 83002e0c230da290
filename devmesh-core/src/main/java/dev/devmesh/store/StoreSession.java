package dev.devmesh.store;

/** What one tenant's unit of work can read and write. */
public interface StoreSession extends Transaction {

    /** Contexts and their items. */
    ContextStore contexts();

    /** What items mean, as far as a model knows. */
    EmbeddingStore embeddings();

    /** API keys. */
    ApiKeyStore keys();

    /** Users. */
    UserStore users();

    /** Roles, and who has them. */
    RoleStore roles();

    /** Who may run which tool beside what their roles allow. */
    ToolPermissionStore toolPermissions();

    /** Background work that is to happen if and only if this unit of work commits. */
    JobStore jobs();

    /** Calls that outlive their request. */
    TaskStore tasks();

    /** What is noted of the sessions of MCP clients. */
    SessionStore sessions();

    /** Answers that are kept for requests that come again. */
    IdempotencyStore idempotency();

    /** Who did what. */
    AuditStore audit();

    /** Removing what belongs to an agent or to the tenant. */
    ErasureStore erasure();
}
