package dev.devmesh.store;

import dev.devmesh.access.TenantInfo;
import dev.devmesh.auth.KeyStanding;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.queue.Job;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What has to be done before the tenant is known, or for all of them. Nothing else crosses tenants.
 *
 * <p>Each call is a unit of work of its own. Safe for use by many threads.
 */
public interface SystemStore {

    /** The tenant of this id, deleted or not, if somebody made it. */
    Optional<TenantInfo> tenant(Tenant tenant);

    /**
     * The tenants that somebody made, in the order of {@link Position}, deleted or not.
     *
     * @param after only those that come after this place; null for the beginning
     */
    List<TenantInfo> tenants(@Nullable Position after, int limit);

    /** Adds a tenant; false if there is one of this id, deleted or not. */
    boolean insertTenant(TenantInfo tenant);

    /**
     * Changes what is kept of a tenant; its id and creation stay as they are stored. Changes of one tenant come one after the
     * other, each seeing what those before it committed.
     *
     * @param change called once, if there is one
     * @return the new state; empty if there is no such tenant
     */
    Optional<TenantInfo> changeTenant(Tenant tenant, UnaryOperator<TenantInfo> change);

    /**
     * How a caller stands that an external issuer vouches for.
     *
     * @param subject what the issuer calls the caller: the user with this {@link dev.devmesh.access.User#subject} is its user; not empty
     */
    Standing standing(Tenant tenant, String subject);

    /** The key whose secret has this SHA-256, as 64 lower-case hexadecimal digits, whether or not it is still good. */
    Optional<KeyStanding> keyByHash(String sha256);

    /** The key of this id, whether or not it is still good. */
    Optional<KeyStanding> keyById(String id);

    /** Notes that a key was used at {@code when}, unless a later use is noted already. */
    void keyUsed(String keyId, Instant when);

    /**
     * Jobs that are neither done nor dead and were not handed to the queue since {@code before}: first those never
     * handed over, as they were recorded, then those that the queue may have lost, the longest ago first.
     */
    List<Job> jobsToDeliver(Instant before, int max);

    /** Notes that these jobs were handed to the queue at {@code when}. */
    void jobsDelivered(Collection<String> jobIds, Instant when);

    /**
     * Lends items whose embedding is to be made, those that are due the longest first, to one worker until {@code until}: nobody else is lent
     * them before. An item is due when it was appended or asked for by {@link #embedAgain}, when its lease ran out, or when
     * {@link EmbeddingStore#retryAt} said. Those of expired contexts are left out.
     */
    List<PendingItem> leaseEmbeddings(Instant now, Instant until, int max);

    /**
     * Has every item embedded again that has no embedding of this model: it becomes pending and due at {@code now}, whether it was done, failed or
     * pending. What it has stays until the new one is stored.
     *
     * @return how many items became pending that were not
     */
    long embedAgain(String model, Instant now);

    /** What is left to embed. */
    EmbeddingBacklog embeddingBacklog(String model);

    /**
     * Removes what is past its time: expired contexts with their items, expired tasks, notes of expired sessions, expired
     * answers for idempotency keys, and jobs that were done before {@code doneBefore}.
     *
     * @return how many contexts, tasks, notes, answers and jobs went
     */
    int purge(Instant now, Instant doneBefore);

    /**
     * Removes what the audit log has of acts before this time.
     *
     * @return how many entries went
     */
    int purgeAudit(Instant before);
}
