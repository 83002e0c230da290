package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.auth.Tenant;
import dev.devmesh.json.Json;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.JobState;
import dev.devmesh.store.JobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** The table of jobs: who holds one, who may finish it, and which are due to be handed to the queue. */
public abstract class JobStoreContract extends StoreTestBase {

    @Test
    void aJobIsRecordedAsGivenAndDatedByTheClock() {
        Job job = jobs(store -> store.enqueue(mail("bob").after(Duration.ofMinutes(5))));

        assertThat(job.id()).isNotBlank();
        assertThat(job.tenant()).isEqualTo(ACME);
        assertThat(job.queue()).isEqualTo("mail");
        assertThat(job.type()).isEqualTo("mail.send");
        assertThat(job.payload()).isEqualTo(Json.object().put("to", "bob"));
        assertThat(job.attempt()).isZero();
        assertThat(job.createdAt()).isEqualTo(clock.instant());
        assertThat(job.runAt()).isEqualTo(clock.instant().plusSeconds(300));
        assertThat(find(job.id())).contains(job);
    }

    @Test
    void thePayloadIsCopied() {
        ObjectNode payload = Json.object().put("to", "bob");
        Job job = jobs(store -> store.enqueue(new NewJob("mail", "mail.send", payload, Duration.ZERO, "")));

        payload.put("to", "mallory");

        assertThat(find(job.id()).orElseThrow().payload().path("to").stringValue())
                .isEqualTo("bob");
    }

    @Test
    void theHolderCompletesOnce() {
        String id = enqueued();

        assertThat(claim(id, 1)).isTrue();
        assertThat(complete(id, 1)).isTrue();

        assertThat(complete(id, 1)).isFalse();
        assertThat(claim(id, 2)).isFalse();
        assertThat(bury(id, 1)).isFalse();
        assertThat(revive(id)).isFalse();
        assertThat(store.system().jobsToDeliver(Instant.MAX, 10)).isEmpty();
        assertThat(find(id)).isPresent();
    }

    @Test
    void whoHasNotClaimedCannotComplete() {
        String id = enqueued();

        assertThat(complete(id, 1)).isFalse();
        assertThat(complete(id, 0)).isFalse();
        assertThat(bury(id, 0)).isFalse();

        assertThat(claim(id, 1)).isTrue();
    }

    @Test
    void aZombieCannotCompleteOnceAnotherHasClaimed() {
        String id = enqueued();
        assertThat(claim(id, 1)).isTrue();

        assertThat(claim(id, 2)).isTrue();

        assertThat(complete(id, 1)).isFalse();
        assertThat(bury(id, 1)).isFalse();
        assertThat(claim(id, 1)).isFalse();
        assertThat(complete(id, 2)).isTrue();
    }

    @Test
    void aZombieWhoseJobNobodyClaimedAgainMayStillComplete() {
        String id = enqueued();
        assertThat(claim(id, 7)).isTrue();
        clock.advance(Duration.ofDays(1));

        assertThat(complete(id, 7)).isTrue();
        assertThat(claim(id, 8)).isFalse();
    }

    @Test
    void aTokenFromTheFutureCannotCompleteWithoutAClaim() {
        String id = enqueued();
        assertThat(claim(id, 1)).isTrue();

        assertThat(complete(id, 2)).isFalse();

        assertThat(complete(id, 1)).isTrue();
    }

    @Test
    void claimingAgainWithTheSameTokenIsNoFurtherAttempt() {
        String id = enqueued();

        assertThat(claim(id, 3)).isTrue();
        assertThat(claim(id, 3)).isTrue();
        assertThat(attempt(id)).isEqualTo(1);

        assertThat(claim(id, 5)).isTrue();
        assertThat(attempt(id)).isEqualTo(2);
    }

    @Test
    void tokensBeginAtOne() {
        String id = enqueued();

        assertThatIllegalArgumentException().isThrownBy(() -> claim(id, 0));
    }

    @Test
    void whatNobodyRecordedCannotBeClaimedCompletedBuriedOrRevived() {
        assertThat(claim("job_unknown", 1)).isFalse();
        assertThat(complete("job_unknown", 1)).isFalse();
        assertThat(bury("job_unknown", 1)).isFalse();
        assertThat(revive("job_unknown")).isFalse();
        assertThat(find("job_unknown")).isEmpty();
    }

    @Test
    void completingRollsBackWithItsUnit() {
        String id = enqueued();
        claim(id, 1);

        assertThatThrownBy(() -> store.inTransaction(ACME, session -> {
                    session.jobs().complete(id, 1);
                    throw new IllegalArgumentException("boom");
                }))
                .hasMessage("boom");

        assertThat(complete(id, 1)).isTrue();
    }

    @Test
    void aDeadJobRestsUntilItIsRevivedAndThenBeginsAnew() {
        AtomicInteger announced = new AtomicInteger();
        String id = enqueued();
        store.onJobsEnqueued(announced::incrementAndGet);
        claim(id, 4);

        assertThat(bury(id, 4)).isTrue();

        assertThat(bury(id, 4)).isFalse();
        assertThat(claim(id, 5)).isFalse();
        assertThat(complete(id, 4)).isFalse();
        assertThat(store.system().jobsToDeliver(Instant.MAX, 10)).isEmpty();
        assertThat(announced).hasValue(0);

        assertThat(revive(id)).isTrue();

        assertThat(announced).hasValue(1);
        assertThat(revive(id)).isFalse();
        assertThat(store.system().jobsToDeliver(Instant.MAX, 10))
                .extracting(Job::id)
                .containsExactly(id);
        assertThat(attempt(id)).isZero();
        assertThat(claim(id, 5)).isTrue();
        assertThat(complete(id, 5)).isTrue();
    }

    @Test
    void aDedupeKeyHoldsOneUnfinishedJobOfATenantAndQueue() {
        AtomicInteger announced = new AtomicInteger();
        Job first = jobs(store -> store.enqueue(mail("bob").dedupe("k")));
        store.onJobsEnqueued(announced::incrementAndGet);

        Job again = jobs(store -> store.enqueue(mail("eve").dedupe("k")));
        assertThat(again).isEqualTo(first);
        assertThat(announced).as("nothing was enqueued").hasValue(0);

        Job otherQueue = jobs(
                store -> store.enqueue(NewJob.of("sms", "sms.send", Map.of()).dedupe("k")));
        Job otherTenant = in(GLOBEX, store -> store.enqueue(mail("bob").dedupe("k")));
        Job otherKey = jobs(store -> store.enqueue(mail("bob").dedupe("k2")));
        Job noKey = jobs(store -> store.enqueue(mail("bob")));
        assertThat(List.of(first.id(), otherQueue.id(), otherTenant.id(), otherKey.id(), noKey.id()))
                .doesNotHaveDuplicates();

        claim(first.id(), 1);
        assertThat(jobs(store -> store.enqueue(mail("eve").dedupe("k"))).id()).isEqualTo(first.id());
        complete(first.id(), 1);
        assertThat(jobs(store -> store.enqueue(mail("eve").dedupe("k"))).id()).isNotEqualTo(first.id());
    }

    @Test
    void aDeadJobGivesItsDedupeKeyUpAndIsNotRevivedBesideItsSuccessor() {
        Job dead = jobs(store -> store.enqueue(mail("bob").dedupe("k")));
        claim(dead.id(), 1);
        bury(dead.id(), 1);

        Job successor = jobs(store -> store.enqueue(mail("bob").dedupe("k")));

        assertThat(successor.id()).isNotEqualTo(dead.id());
        assertThat(revive(dead.id())).isFalse();
        claim(successor.id(), 1);
        complete(successor.id(), 1);
        assertThat(revive(dead.id())).isTrue();
        assertThat(jobs(store -> store.enqueue(mail("bob").dedupe("k"))).id()).isEqualTo(dead.id());
    }

    @Test
    void jobsAreDeliveredAsTheyWereRecordedAndAgainWhenTheQueueMayHaveLostThem() {
        Job first = jobs(store -> store.enqueue(mail("1")));
        Job second = in(GLOBEX, store -> store.enqueue(mail("2")));
        Job third = jobs(store -> store.enqueue(mail("3")));
        Instant start = clock.instant();

        assertThat(store.system().jobsToDeliver(start, 10)).containsExactly(first, second, third);
        assertThat(store.system().jobsToDeliver(start, 2)).containsExactly(first, second);

        store.system().jobsDelivered(List.of(first.id(), second.id(), "job_unknown"), start);
        assertThat(store.system().jobsToDeliver(start, 10)).containsExactly(third);

        clock.advance(Duration.ofSeconds(60));
        store.system().jobsDelivered(List.of(first.id()), clock.instant());
        assertThat(store.system().jobsToDeliver(clock.instant(), 10)).containsExactly(third, second);
        assertThat(store.system().jobsToDeliver(clock.instant().plusMillis(1), 10))
                .containsExactly(third, second, first);

        // News of an earlier hand-over, arriving late, changes nothing.
        store.system().jobsDelivered(List.of(first.id()), start);
        assertThat(store.system().jobsToDeliver(clock.instant(), 10)).containsExactly(third, second);
    }

    @Test
    void aJobThatIsRedeliveredSaysHowOftenItWasBegun() {
        String id = enqueued();
        claim(id, 1);
        claim(id, 2);

        assertThat(store.system().jobsToDeliver(Instant.MAX, 10))
                .extracting(Job::attempt)
                .containsExactly(2);
    }

    @Test
    void aJobThatIsGivenBackHasLostNoAttemptAndStillNeedsAHigherToken() {
        String id = enqueued();
        assertThat(claim(id, 5)).isTrue();
        assertThat(release(id, 4)).isFalse();
        assertThat(attempt(id)).isEqualTo(1);

        assertThat(release(id, 5)).isTrue();

        assertThat(attempt(id)).isZero();
        assertThat(claim(id, 4)).isFalse();
        assertThat(claim(id, 6)).isTrue();
        assertThat(attempt(id)).isEqualTo(1);
        assertThat(release(id, 5)).isFalse();
        assertThat(complete(id, 6)).isTrue();
        assertThat(release(id, 6)).isFalse();
    }

    @Test
    void theStateSaysHowAJobStandsToItsTenantOnly() {
        String done = enqueued();
        String dead = enqueued();
        assertThat(state(ACME, done)).contains(JobState.LIVE);
        claim(done, 1);
        complete(done, 1);
        claim(dead, 1);
        bury(dead, 1);

        assertThat(state(ACME, done)).contains(JobState.DONE);
        assertThat(state(ACME, dead)).contains(JobState.DEAD);
        revive(dead);
        assertThat(state(ACME, dead)).contains(JobState.LIVE);
        assertThat(state(ACME, "job_unknown")).isEmpty();
        assertThat(state(new Tenant("stranger"), done)).isEmpty();
    }

    private Optional<JobState> state(Tenant tenant, String id) {
        return in(tenant, store -> store.state(id));
    }

    private String enqueued() {
        return jobs(store -> store.enqueue(mail("bob"))).id();
    }

    private boolean claim(String id, long token) {
        return jobs(store -> store.claim(id, token));
    }

    private boolean release(String id, long token) {
        return jobs(store -> store.release(id, token));
    }

    private boolean complete(String id, long token) {
        return jobs(store -> store.complete(id, token));
    }

    private boolean bury(String id, long token) {
        return jobs(store -> store.bury(id, token));
    }

    private boolean revive(String id) {
        return jobs(store -> store.revive(id));
    }

    private int attempt(String id) {
        return find(id).orElseThrow().attempt();
    }

    private Optional<Job> find(String id) {
        return jobs(store -> store.find(id));
    }

    private <T> T jobs(Function<JobStore, T> work) {
        return in(ACME, work);
    }

    private <T> T in(Tenant tenant, Function<JobStore, T> work) {
        return store.<T>inTransaction(tenant, session -> work.apply(session.jobs()));
    }

    private static NewJob mail(String to) {
        return NewJob.of("mail", "mail.send", Map.of("to", to));
    }
}
