package dev.devmesh.inmemory;

/**
 * The numbers that keep an {@link InMemoryStore} from filling the heap. What would go beyond one of them is refused with
 * {@link dev.devmesh.ErrorCode#OVERLOADED}.
 *
 * <p>Immutable.
 *
 * @param contexts how many contexts of all tenants; 50,000
 * @param items how many items of all contexts; 200,000
 * @param keys how many API keys, good or not; 10,000
 * @param users how many users, and as many roles and tenants; 10,000
 * @param jobs how many jobs; 100,000. Those that are done make room, the oldest first
 * @param tasks how many tasks, finished or not; 20,000. Those that are expired make room
 * @param sessions of how many sessions of MCP clients there are notes; 100,000. Those that are expired make room
 * @param answers how many answers are kept for idempotency keys; 20,000. Those that are expired make room
 * @param auditEntries how many entries of the audit log; 10,000. The oldest make room
 * @param tokens how many refresh tokens, used or not; 200,000. Those of expired families make room
 * @param characters how many characters in names, contents, payloads, metadata, tasks, kept answers and addresses that sessions
 *     subscribe to together; 64 Mi, which with what belongs to it takes 130 to 260 MB of heap
 */
public record InMemoryBounds(
        int contexts,
        int items,
        int keys,
        int users,
        int jobs,
        int tasks,
        int sessions,
        int answers,
        int auditEntries,
        int tokens,
        long characters) {

    private static final InMemoryBounds DEFAULTS = new InMemoryBounds(
            50_000, 200_000, 10_000, 10_000, 100_000, 20_000, 100_000, 20_000, 10_000, 200_000, 64L << 20);

    /** Checks that each number is at least 1. */
    public InMemoryBounds {
        if (contexts < 1
                || items < 1
                || keys < 1
                || users < 1
                || jobs < 1
                || tasks < 1
                || sessions < 1
                || answers < 1
                || auditEntries < 1
                || tokens < 1
                || characters < 1) {
            throw new IllegalArgumentException("each bound of an in-memory store must be at least 1");
        }
    }

    /** The defaults named above. */
    public static InMemoryBounds defaults() {
        return DEFAULTS;
    }
}
