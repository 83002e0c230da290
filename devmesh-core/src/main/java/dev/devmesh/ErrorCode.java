package dev.devmesh;

/**
 * The stable names of everything that can go wrong, as callers see them.
 *
 * <p>A code never changes its meaning; the sentence beside it may. {@link #status()} is the HTTP status that says the
 * same.
 */
public enum ErrorCode {
    /** The request cannot be understood. */
    INVALID_REQUEST(400),
    /** The arguments do not fit the tool's input schema, or are not those of the prompt. */
    INVALID_ARGUMENTS(400),
    /** The answers to a call's questions are not answers to these questions. */
    REQUEST_STATE_INVALID(400),
    /** A value given by a program or a caller is out of its range. */
    INVALID_VALUE(400),
    /** The address is malformed, or one that this server does not call. */
    ADDRESS_REFUSED(400),
    /** The request needs a session of the client, and names none. */
    SESSION_REQUIRED(400),
    /** No credential, or one that nobody knows. */
    UNAUTHENTICATED(401),
    /** The API key is malformed or was never issued. */
    KEY_UNKNOWN(401),
    /** The API key was good until its expiry. */
    KEY_EXPIRED(401),
    /** The API key was taken back. */
    KEY_REVOKED(401),
    /** The user that the credential acts for is disabled or gone. */
    USER_DISABLED(401),
    /** The token was good until its expiry. */
    TOKEN_EXPIRED(401),
    /** The token is good from a later time on. */
    TOKEN_NOT_YET_VALID(401),
    /** The token was not signed with a key of its issuer, or was altered. */
    TOKEN_SIGNATURE_INVALID(401),
    /** The token is malformed, or meant for others. */
    TOKEN_INVALID(401),
    /** The token was taken back, or what it was made from was. */
    TOKEN_REVOKED(401),
    /** The refresh token is malformed, unknown, expired or was taken back. */
    REFRESH_TOKEN_INVALID(401),
    /** The refresh token was used before, so all that came of the same sign-in are taken back. */
    REFRESH_TOKEN_REUSED(401),
    /** The caller is known and may not do this. */
    PERMISSION_DENIED(403),
    /** The tenant of the credential is suspended or deleted. */
    TENANT_SUSPENDED(403),
    /** The Origin or Host of the request is not one that this server answers. */
    ORIGIN_FORBIDDEN(403),
    /** There is nothing at this path. */
    ROUTE_NOT_FOUND(404),
    /** No tool has this name. */
    TOOL_NOT_FOUND(404),
    /** No prompt has this name. */
    PROMPT_NOT_FOUND(404),
    /** There is no resource at this address. */
    RESOURCE_NOT_FOUND(404),
    /** No context of this tenant has this id. */
    CONTEXT_NOT_FOUND(404),
    /** No API key of this tenant has this id. */
    KEY_NOT_FOUND(404),
    /** No user of this tenant has this id. */
    USER_NOT_FOUND(404),
    /** No role of this tenant has this id. */
    ROLE_NOT_FOUND(404),
    /** No tenant has this id. */
    TENANT_NOT_FOUND(404),
    /** No job of this tenant has this id, or it is not in the state that the request needs. */
    JOB_NOT_FOUND(404),
    /** No task of this caller has this id, or its time is over. */
    TASK_NOT_FOUND(404),
    /** The session is unknown here, over, ended by its client, or somebody else's. */
    SESSION_NOT_FOUND(404),
    /** The path is known, the method is not. */
    METHOD_NOT_ALLOWED(405),
    /** The client accepts none of the forms that the answer can take. */
    NOT_ACCEPTABLE(406),
    /** What is to be made exists already. */
    ALREADY_EXISTS(409),
    /** A request with this idempotency key is being worked on. */
    IDEMPOTENCY_IN_PROGRESS(409),
    /** Others changed the object again and again while the request was worked on. */
    CONCURRENT_CHANGE(409),
    /** The lease on a job ran out, or another worker holds the job. */
    LEASE_LOST(409),
    /** Somebody else changed the object since it was read. */
    VERSION_CONFLICT(412),
    /** The body is larger than the limit. */
    BODY_TOO_LARGE(413),
    /** The body is not of a type that this path reads. */
    UNSUPPORTED_MEDIA_TYPE(415),
    /** The client did not declare a capability that the tool needs. */
    CLIENT_CAPABILITY_MISSING(400),
    /** A prompt or resource says in its own words why it does not answer. */
    HANDLER_REFUSED(422),
    /** The idempotency key was used for another request. */
    IDEMPOTENCY_KEY_REUSED(422),
    /** The caller's rate is used up for now. */
    RATE_LIMITED(429),
    /** Too many wrong credentials came from this address. */
    TOO_MANY_FAILURES(429),
    /** The caller has too many requests under way. */
    TOO_MANY_IN_FLIGHT(429),
    /** The caller listens too many times at once. */
    TOO_MANY_SUBSCRIPTIONS(429),
    /** The caller has too many connections open that are kept for several requests. */
    TOO_MANY_CONNECTIONS(429),
    /** The caller has too many unfinished tasks. */
    TOO_MANY_TASKS(429),
    /** The caller gave up. */
    CANCELLED(499),
    /** A tool, prompt or resource failed in a way that it did not foresee. */
    HANDLER_FAILED(500),
    /** The tool returned something that its output schema forbids. */
    TOOL_OUTPUT_INVALID(500),
    /** The tool, prompt or resource returned more than the limit. */
    HANDLER_OUTPUT_TOO_LARGE(500),
    /** The worker of a task did not live to tell how it ended, and the tool may not run twice. */
    TASK_INTERRUPTED(500),
    /** A fault of this program. */
    MCP_PANIC(500),
    /** Another server answered with an error, or with something that cannot be understood. */
    UPSTREAM_FAILED(502),
    /** Another server answered with more than is taken. */
    UPSTREAM_TOO_LARGE(502),
    /** Another server cannot be reached, or broke off. */
    UPSTREAM_UNREACHABLE(502),
    /** Every permit of the tool, prompt or resource is taken. */
    HANDLER_BUSY(503),
    /** The mesh takes no more work for now, or is closing. */
    OVERLOADED(503),
    /** The embedding model does not answer, so nothing can be found by its meaning for now. */
    EMBEDDING_UNAVAILABLE(503),
    /** Every connection to the database is taken. */
    DATABASE_POOL_EXHAUSTED(503),
    /** The database cannot be reached, or broke off. */
    DATABASE_UNAVAILABLE(503),
    /** What is to be changed is being changed by others. */
    DATABASE_BUSY(503),
    /** The database has no room left. */
    DATABASE_FULL(503),
    /** The tool, prompt or resource did not answer before its deadline. */
    HANDLER_TIMEOUT(504),
    /** The request was not answered before its time was over. */
    DEADLINE_EXCEEDED(504),
    /** Another server did not answer in time. */
    UPSTREAM_TIMEOUT(504),
    /** The database took too long over a statement. */
    DATABASE_TIMEOUT(504);

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    /** The HTTP status that says the same. */
    public int status() {
        return status;
    }

    /** The code as it travels: the name, save {@code MCP-PANIC}, which keeps its hyphen. */
    public String wireName() {
        return this == MCP_PANIC ? "MCP-PANIC" : name();
    }
}
