package dev.devmesh.store;

/** Whose data an erasure removes, within the tenant of the unit of work. */
public sealed interface ErasureScope {

    /**
     * The contexts of one agent with everything that hangs on them: items, embeddings, and the answers kept for requests
     * {@linkplain IdempotentAnswer#contextId about one of them}.
     *
     * @param agent as the contexts name it, not empty
     */
    record OfAgent(String agent) implements ErasureScope {

        /** Checks that it is the name of an agent. */
        public OfAgent {
            if (agent.isEmpty()) {
                throw new IllegalArgumentException("an erasure needs the name of an agent");
            }
        }
    }

    /** Everything of the tenant, its keys included; but not its audit log, which goes by its own time. */
    record OfTenant() implements ErasureScope {}
}
