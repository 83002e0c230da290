package dev.devmesh.auth;

/** Whether anybody may act for a tenant. */
public enum TenantState {
    /** Its credentials are good. A tenant that nobody made is active, too: programs name tenants freely. */
    ACTIVE,
    /** Its credentials are refused until it is active again; its data stays. */
    SUSPENDED,
    /** It is gone with its data, and its id is not used again. */
    DELETED
}
