package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Compaction;
import dev.devmesh.context.ContextChange;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.Listing;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Search;
import dev.devmesh.json.Json;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.Found;
import dev.devmesh.store.PendingItem;
import dev.devmesh.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Whatever two tenants do, and with whichever ids, each one's own, the other's or nobody's: neither ever sees the word
 * that the other puts into everything it writes, error texts included. A jqwik property, so there is no {@code
 * BeforeEach} here: each try opens a store.
 */
public abstract class TenantIsolationContract {

    /** An empty store that dates what it makes by this clock. It is closed after each try. */
    protected abstract Store open(Clock clock);

    @Property(tries = 200)
    void neitherTenantEverSeesTheOthersMarker(@ForAll("histories") List<Step> history) {
        SettableClock clock = new SettableClock();
        try (Store store = open(clock)) {
            World world = new World(store, clock);
            for (Step step : history) {
                String seen = world.take(step);
                assertThat(seen)
                        .as("what %s sees of %s", step.tenant(), step)
                        .doesNotContain(step.tenant() == 0 ? World.marker(1) : World.marker(0));
            }
        }
    }

    @Provide
    Arbitrary<List<Step>> histories() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 1),
                        Arbitraries.of(Action.class),
                        Arbitraries.integers().between(0, 30))
                .as(Step::new)
                .list()
                .ofMinSize(10)
                .ofMaxSize(60);
    }

    enum Action {
        CREATE,
        APPEND,
        GET,
        LIST,
        ITEMS,
        SEARCH_ALL,
        SEARCH_ONE,
        UPDATE,
        DELETE,
        EMBED,
        NEAREST_ALL,
        NEAREST_ONE,
        KNOWN,
        COMPACT,
        ERASE_AGENT,
        ERASE_TENANT,
        CREATE_KEY,
        LIST_KEYS,
        GET_KEY,
        REVOKE_KEY,
        ENQUEUE,
        FIND_JOB,
        CLAIM_JOB,
        NOTE_SESSION,
        FIND_SESSION,
        PURGE
    }

    record Step(int tenant, Action action, int pick) {}

    /** Two tenants over one store, and every id that either of them ever got. */
    private static final class World {

        private final Store store;
        private final SettableClock clock;
        private final Contexts contexts;
        private final ApiKeys keys;
        private final List<String> contextIds = new ArrayList<>(List.of("ctx_nobody"));
        private final List<String> keyIds = new ArrayList<>(List.of("key_nobody"));
        private final List<String> jobIds = new ArrayList<>(List.of("job_nobody"));

        World(Store store, SettableClock clock) {
            this.store = store;
            this.clock = clock;
            this.contexts = Contexts.in(store, clock);
            this.keys = ApiKeys.in(store, clock);
        }

        static String marker(int tenant) {
            return tenant == 0 ? "zebra" : "ocelot";
        }

        String take(Step step) {
            clock.advance(Duration.ofSeconds(step.pick() % 3));
            try {
                return String.valueOf(act(step));
            } catch (MeshException refusal) {
                assertThat(refusal.code())
                        .isIn(Set.of(ErrorCode.CONTEXT_NOT_FOUND, ErrorCode.KEY_NOT_FOUND, ErrorCode.VERSION_CONFLICT));
                return refusal.sentence();
            }
        }

        private Object act(Step step) {
            String mine = marker(step.tenant());
            Tenant tenant = new Tenant(mine);
            Principal caller = Principal.administrator(tenant, mine);
            String contextId = contextIds.get(step.pick() % contextIds.size());
            String keyId = keyIds.get(step.pick() % keyIds.size());
            String jobId = jobIds.get(step.pick() % jobIds.size());
            return switch (step.action()) {
                case CREATE -> {
                    var created = contexts.create(
                            caller,
                            NewContext.named(mine)
                                    .agent(mine)
                                    .maxTokens(step.pick() % 2 * 20)
                                    .expiresIn(Duration.ofSeconds(step.pick()))
                                    .metadata(Json.object().put(mine, mine)));
                    contextIds.add(created.id());
                    yield created;
                }
                case APPEND -> contexts.append(caller, contextId, Item.user(mine + " common words"));
                case GET -> contexts.get(caller, contextId);
                case LIST -> contexts.list(caller, Listing.all());
                case ITEMS -> contexts.items(caller, contextId, 0, 100);
                case SEARCH_ALL ->
                    contexts.search(caller, Search.text("common zebra ocelot").limit(100));
                case SEARCH_ONE ->
                    contexts.search(caller, Search.text("common zebra ocelot").in(contextId));
                case UPDATE ->
                    contexts.update(
                            caller,
                            contextId,
                            1 + step.pick() % 3,
                            ContextChange.nothing().name(mine + step.pick()));
                case DELETE -> {
                    contexts.delete(caller, contextId);
                    yield "deleted";
                }
                case EMBED -> embed(step.pick());
                case NEAREST_ALL -> nearest(tenant, Search.text("x"));
                case NEAREST_ONE ->
                    nearest(tenant, Search.text("x").in(contextId).agent(marker(step.pick() % 2)));
                case KNOWN ->
                    store.inTransaction(
                            tenant,
                            session -> Set.copyOf(session.embeddings()
                                    .known("model", List.of(hash(marker(0)), hash(marker(1))))
                                    .keySet()));
                case COMPACT ->
                    contexts.with((items, budget) -> mine)
                            .compact(caller, contextId, Compaction.standard().keepItems(step.pick() % 2));
                case ERASE_AGENT ->
                    contexts.erase(caller, marker(step.pick() % 2)).rows();
                case ERASE_TENANT -> step.pick() == 0 ? contexts.eraseTenant(caller) : "not often";
                case CREATE_KEY -> {
                    var created = keys.create(caller, KeySpec.named(mine)).key();
                    keyIds.add(created.id());
                    yield created;
                }
                case LIST_KEYS -> keys.list(caller, "", 100);
                case GET_KEY -> keys.get(caller, keyId);
                case REVOKE_KEY -> keys.revoke(caller, keyId);
                case ENQUEUE -> {
                    NewJob job = NewJob.of("q", "t", Map.of("marker", mine)).dedupe("k" + step.pick() % 2);
                    var recorded = store.inTransaction(
                            tenant, session -> session.jobs().enqueue(job));
                    jobIds.add(recorded.id());
                    yield recorded;
                }
                case FIND_JOB ->
                    store.inTransaction(tenant, session -> session.jobs().find(jobId));
                case CLAIM_JOB ->
                    store.inTransaction(
                            tenant,
                            session -> session.jobs().claim(jobId, 1 + step.pick())
                                    && session.jobs().complete(jobId, 1 + step.pick()));
                case NOTE_SESSION ->
                    store.inTransaction(
                            tenant,
                            session -> session.sessions()
                                    .change(
                                            sessionId(step),
                                            clock.instant(),
                                            clock.instant().plusSeconds(step.pick()),
                                            notes -> notes.withResources(with(notes.resources(), "test://" + mine))));
                case FIND_SESSION ->
                    store.inTransaction(tenant, session -> session.sessions().find(sessionId(step), clock.instant()));
                case PURGE ->
                    store.system().purge(clock.instant(), clock.instant().minusSeconds(5));
            };
        }

        /** As the worker does, who is no tenant: what it is lent is not shown to one. All have the same few directions. */
        private int embed(int pick) {
            List<PendingItem> lent = store.system()
                    .leaseEmbeddings(clock.instant(), clock.instant().plusSeconds(5), 1 + pick);
            for (PendingItem item : lent) {
                String hash = hash(item.tenant().id());
                float[] vector = {1, pick % 3, item.seq() % 2};
                for (Tenant who : List.of(new Tenant(marker(0)), new Tenant(marker(1)))) {
                    boolean done = store.<Boolean>inTransaction(
                            who, session -> session.embeddings().done(item, "model", hash, vector));
                    assertThat(done && !who.equals(item.tenant())).isFalse();
                }
            }
            return lent.size();
        }

        private List<Found> nearest(Tenant tenant, Search search) {
            return store.inTransaction(
                    tenant,
                    session -> session.embeddings()
                            .nearest(new float[] {1, 1, 1}, "model", search.limit(100), clock.instant()));
        }

        private static String hash(String marker) {
            return (marker + "0".repeat(64)).substring(0, 64);
        }

        /** One that both tenants use: an id of a session is its tenant's own. */
        private static String sessionId(Step step) {
            return "session_" + step.pick() % 3;
        }

        private static Set<String> with(Set<String> resources, String added) {
            Set<String> all = new HashSet<>(resources);
            all.add(added);
            return all;
        }
    }
}
