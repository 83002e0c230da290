package dev.devmesh.context;

import dev.devmesh.auth.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * The working memory of one agent or one matter, without its items.
 *
 * <p>Immutable: the metadata is copied on its way in and out.
 *
 * @param id unique in the mesh, for example {@code ctx_0pKd…}
 * @param tenant whose it is
 * @param agent the agent that it belongs to, or empty
 * @param name what people call it, or empty; need not be unique
 * @param metadata what the owner wants to remember beside the items
 * @param tokenCount how many tokens its items hold now
 * @param maxTokens how many tokens its items may hold; the oldest are truncated beyond. 0 means any number
 * @param version 1 when created, one more with every change and every append
 * @param createdAt when it was created
 * @param updatedAt when it was changed or appended to last
 * @param expiresAt when it ceases to exist; empty for never
 */
public record Context(
        String id,
        Tenant tenant,
        String agent,
        String name,
        ObjectNode metadata,
        long tokenCount,
        int maxTokens,
        long version,
        Instant createdAt,
        Instant updatedAt,
        Optional<Instant> expiresAt) {

    /** Checks that nothing is missing and copies the metadata. */
    public Context {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(updatedAt, "updatedAt");
        Objects.requireNonNull(expiresAt, "expiresAt");
        metadata = metadata.deepCopy();
    }

    /** What the owner wants to remember beside the items: a copy. */
    @Override
    public ObjectNode metadata() {
        return metadata.deepCopy();
    }

    /** Whether it has ceased to exist at {@code now}. */
    public boolean isExpired(Instant now) {
        return expiresAt.isPresent() && !now.isBefore(expiresAt.get());
    }

    Context changed(ContextChange change, Instant now) {
        return new Context(
                id,
                tenant,
                change.agent().orElse(agent),
                change.name().orElse(name),
                change.metadata().orElse(metadata),
                tokenCount,
                change.maxTokens().orElse(maxTokens),
                version + 1,
                createdAt,
                now,
                change.expiresIn().map(life -> end(now, life)).orElse(expiresAt));
    }

    /** When what begins now is over; never, if it has no end. */
    static Optional<Instant> end(Instant now, Duration life) {
        return life.isZero() ? Optional.empty() : Optional.of(now.plus(life).truncatedTo(ChronoUnit.MICROS));
    }

    Context holding(long tokens) {
        return new Context(
                id, tenant, agent, name, metadata, tokens, maxTokens, version, createdAt, updatedAt, expiresAt);
    }

    Context appended(long newTokenCount, Instant now) {
        return new Context(
                id, tenant, agent, name, metadata, newTokenCount, maxTokens, version + 1, createdAt, now, expiresAt);
    }
}
