package dev.devmesh.store;

import java.util.Locale;

/**
 * What an erasure reaches, in the order in which it tells what went. A store that keeps something of a tenant that is none
 * of these must not be written: add the kind here, and the row to {@code ErasureContract}. The one exception is the {@link AuditStore audit
 * log}, which says that the erasure was: it holds names and no content, and goes when it is past its time.
 */
public enum ErasedKind {
    /** Contexts, by id. */
    CONTEXTS,
    /** Items of contexts, by id. */
    ITEMS,
    /** Embeddings of items, by the id of the item. */
    EMBEDDINGS,
    /** Answers kept for idempotency keys, by caller and key with a space between. */
    ANSWERS,
    /** Tasks, by id; of a tenant only. */
    TASKS,
    /** Jobs, by id; of a tenant only. */
    JOBS,
    /** What is noted of sessions, by the id of the session; of a tenant only. */
    SESSIONS,
    /** Families of tokens with their tokens, by the id of the family; of a tenant only. */
    TOKENS,
    /** API keys, by id; of a tenant only. */
    KEYS,
    /** Users with the roles and tool permissions that they have, by id; of a tenant only. */
    USERS,
    /** Roles with what they allow, the built-in ones too, by id; of a tenant only. */
    ROLES;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The name as it travels. */
    public String wireName() {
        return wireName;
    }
}
