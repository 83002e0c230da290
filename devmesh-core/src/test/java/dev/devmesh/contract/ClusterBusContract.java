package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.auth.Tenant;
import dev.devmesh.cluster.ClusterBus;
import dev.devmesh.cluster.ClusterMessage;
import dev.devmesh.cluster.ClusterMessage.CancelTask;
import dev.devmesh.cluster.ClusterMessage.Gap;
import dev.devmesh.cluster.ClusterMessage.KeyRevoked;
import dev.devmesh.cluster.ClusterMessage.ListChanged;
import dev.devmesh.cluster.ClusterMessage.ResourceUpdated;
import dev.devmesh.cluster.ClusterMessage.RightsChanged;
import dev.devmesh.cluster.ClusterMessage.SessionAnswer;
import dev.devmesh.cluster.ClusterMessage.SessionChanged;
import dev.devmesh.cluster.ClusterMessage.SessionEnded;
import dev.devmesh.cluster.ClusterMessage.TaskChanged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link ClusterBus} holds. */
public abstract class ClusterBusContract {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Tenant ACME = new Tenant("acme");

    private final List<ClusterBus> opened = new ArrayList<>();

    /** Another node of the same cluster. It is closed by the suite. */
    protected abstract ClusterBus open();

    /** Breaks the connection of a node, does something, and lets the node come back. */
    protected abstract void whileCutOff(ClusterBus node, Runnable meanwhile);

    /** Closes all nodes; a subclass that overrides it calls it first. */
    @AfterEach
    protected void closeNodes() {
        opened.forEach(ClusterBus::close);
    }

    private ClusterBus node() {
        ClusterBus node = open();
        opened.add(node);
        return node;
    }

    /** Keeps what it hears. */
    private static final class Ear implements Consumer<ClusterMessage> {

        private final List<ClusterMessage> heard = new CopyOnWriteArrayList<>();

        @Override
        public void accept(ClusterMessage message) {
            heard.add(message);
        }

        /** Without gaps, of which a connection that broke by itself may tell at any time. */
        List<ClusterMessage> news() {
            return heard.stream().filter(message -> !(message instanceof Gap)).toList();
        }

        void awaitNews(ClusterMessage... messages) {
            await().atMost(LONG).untilAsserted(() -> assertThat(news()).contains(messages));
        }

        void awaitGap() {
            await().atMost(LONG).untilAsserted(() -> assertThat(heard).contains(new Gap()));
        }
    }

    private static Ear ear(ClusterBus node) {
        Ear ear = new Ear();
        node.subscribe(ear);
        return ear;
    }

    private static ClusterMessage numbered(int i) {
        return new KeyRevoked("key_" + i);
    }

    private static List<ClusterMessage> numbered(int from, int to) {
        return IntStream.range(from, to).mapToObj(ClusterBusContract::numbered).toList();
    }

    private static final ClusterMessage LAST = new ListChanged(ListChanged.Kind.TOOLS);

    @Test
    void everyOtherNodeHearsAMessageAndTheSenderDoesNot() {
        ClusterBus sender = node();
        Ear own = ear(sender);
        Ear second = ear(node());
        Ear third = ear(node());

        sender.publish(numbered(1));

        second.awaitNews(numbered(1));
        third.awaitNews(numbered(1));
        // what comes back would come before the answer to it
        ClusterBus other = node();
        other.publish(LAST);
        own.awaitNews(LAST);
        assertThat(own.news()).doesNotContain(numbered(1));
    }

    @Test
    void everyKindOfMessageComesAsItWasSent() {
        List<ClusterMessage> all = List.of(
                new ListChanged(ListChanged.Kind.TOOLS),
                new ListChanged(ListChanged.Kind.PROMPTS),
                new ListChanged(ListChanged.Kind.RESOURCES),
                new ResourceUpdated(Optional.empty(), "farm://a?b=\"c\"\\\n'; -- 小"),
                new ResourceUpdated(Optional.of(ACME), "devmesh://contexts/ctx_1"),
                new TaskChanged(ACME, "task_1"),
                new CancelTask("task_1"),
                new KeyRevoked("key_1"),
                new RightsChanged(ACME, "user-1"),
                new RightsChanged(ACME, ""),
                new SessionChanged("ses_1"),
                new SessionEnded("ses_1"),
                new SessionAnswer("a_Z-0"));
        ClusterBus sender = node();
        Ear ear = ear(node());

        all.forEach(sender::publish);

        await().atMost(LONG).untilAsserted(() -> assertThat(ear.news()).containsExactlyElementsOf(all));
    }

    @Test
    void theLargestMessagesFit() {
        String wide = "\u5c0f".repeat((ResourceUpdated.MAX_URI_BYTES - 2) / 3);
        String escaped = "\u0001".repeat((ResourceUpdated.MAX_URI_BYTES - 2) / 6);
        List<ClusterMessage> large = List.of(
                new ResourceUpdated(Optional.of(new Tenant("t".repeat(64))), wide),
                new ResourceUpdated(Optional.of(new Tenant("t".repeat(64))), escaped),
                new SessionAnswer("x".repeat(SessionAnswer.MAX_SEALED)));
        ClusterBus sender = node();
        Ear ear = ear(node());

        large.forEach(sender::publish);

        await().atMost(LONG).untilAsserted(() -> assertThat(ear.news()).containsExactlyElementsOf(large));
    }

    @Test
    void theMessagesOfOneSenderComeInOrder() throws Exception {
        ClusterBus listener = node();
        Ear ear = ear(listener);
        List<ClusterBus> senders = List.of(node(), node(), node());
        ExecutorService threads = Executors.newFixedThreadPool(senders.size());
        try {
            List<Future<?>> sent = new ArrayList<>();
            for (int s = 0; s < senders.size(); s++) {
                List<ClusterMessage> mine = numbered(s * 1_000, s * 1_000 + 200);
                ClusterBus sender = senders.get(s);
                sent.add(threads.submit(() -> mine.forEach(sender::publish)));
            }
            for (Future<?> one : sent) {
                one.get(20, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }

        for (int s = 0; s < senders.size(); s++) {
            List<ClusterMessage> mine = numbered(s * 1_000, s * 1_000 + 200);
            await().atMost(LONG)
                    .untilAsserted(
                            () -> assertThat(firstOfEach(ear.news(), mine)).containsExactlyElementsOf(mine));
        }
    }

    /** At least once means that one may come twice, but not that it comes late for the first time. */
    private static List<ClusterMessage> firstOfEach(List<ClusterMessage> heard, Collection<ClusterMessage> wanted) {
        return heard.stream().filter(wanted::contains).distinct().toList();
    }

    @Test
    void whatIsPublishedOverAndOverIsToldAfterTheLastTime() {
        ClusterBus sender = node();
        AtomicInteger state = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        node().subscribe(message -> seen.set(state.get()));

        for (int i = 1; i <= 5_000; i++) {
            state.set(i);
            sender.publish(numbered(1));
        }

        await().atMost(LONG).untilAsserted(() -> assertThat(seen).hasValue(5_000));
    }

    @Test
    void publishingWaitsNeitherForASlowSubscriberNorForTooMuchThatWaits() throws Exception {
        ClusterBus sender = node();
        ClusterBus slow = node();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Ear ear = new Ear();
        slow.subscribe(message -> {
            entered.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            ear.accept(message);
        });
        try {
            sender.publish(numbered(0));
            assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
            long began = System.nanoTime();
            for (int i = 1; i <= 5_000; i++) {
                sender.publish(numbered(i));
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
            sender.publish(LAST);
        } finally {
            go.countDown();
        }

        // one by one, or a gap behind whatever was left out
        await().atMost(LONG).untilAsserted(() -> assertThat(ear.heard).containsAnyOf(LAST, new Gap()));
        sender.publish(new SessionEnded("ses_afterwards"));
        ear.awaitNews(new SessionEnded("ses_afterwards"));
        if (!ear.heard.contains(new Gap())) {
            assertThat(ear.news()).containsAll(numbered(0, 5_001)).contains(LAST);
        }
    }

    @Test
    void aNodeThatWasCutOffHearsThatItMayHaveMissedSomething() {
        ClusterBus sender = node();
        ClusterBus cutOff = node();
        Ear ear = ear(cutOff);
        Ear other = ear(node());
        sender.publish(numbered(1));
        ear.awaitNews(numbered(1));

        whileCutOff(cutOff, () -> {
            sender.publish(numbered(2));
            other.awaitNews(numbered(2));
        });

        ear.awaitGap();
        sender.publish(numbered(3));
        ear.awaitNews(numbered(3));
    }

    @Test
    void whatANodePublishesWhileItIsCutOffReachesTheOthersOrAGapDoes() {
        ClusterBus cutOff = node();
        Ear ear = ear(node());
        ear(cutOff);

        whileCutOff(cutOff, () -> cutOff.publish(numbered(1)));

        await().atMost(LONG).untilAsserted(() -> assertThat(ear.heard).containsAnyOf(numbered(1), new Gap()));
        cutOff.publish(numbered(2));
        ear.awaitNews(numbered(2));
    }

    @Test
    void manyMessagesOfANodeThatIsCutOffBecomeAGap() {
        ClusterBus cutOff = node();
        Ear ear = ear(node());
        ear(cutOff);

        whileCutOff(cutOff, () -> numbered(0, 5_000).forEach(cutOff::publish));

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(
                                ear.heard.contains(new Gap()) || ear.news().containsAll(numbered(0, 5_000)))
                        .isTrue());
        cutOff.publish(LAST);
        ear.awaitNews(LAST);
    }

    @Test
    void aGapCanBePublished() {
        ClusterBus sender = node();
        Ear ear = ear(node());

        sender.publish(new Gap());

        ear.awaitGap();
    }

    @Test
    void aSubscriberThatThrowsKeepsNobodyFromHearing() {
        ClusterBus sender = node();
        ClusterBus listener = node();
        listener.subscribe(message -> {
            throw new IllegalStateException("of the test");
        });
        Ear ear = ear(listener);

        sender.publish(numbered(1));
        sender.publish(numbered(2));

        ear.awaitNews(numbered(1), numbered(2));
    }

    @Test
    void aSubscriberMayPublishAndEndItself() {
        ClusterBus asking = node();
        ClusterBus answering = node();
        Ear ear = ear(asking);
        Runnable[] end = new Runnable[1];
        CountDownLatch subscribed = new CountDownLatch(1);
        AtomicInteger heard = new AtomicInteger();
        end[0] = answering.subscribe(message -> {
            try {
                subscribed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (message.equals(numbered(1))) {
                heard.incrementAndGet();
                end[0].run();
                answering.publish(numbered(2));
            } else if (message.equals(numbered(3))) {
                heard.incrementAndGet();
            }
        });
        subscribed.countDown();
        Ear beside = ear(answering);

        asking.publish(numbered(1));
        ear.awaitNews(numbered(2));
        asking.publish(numbered(3));
        beside.awaitNews(numbered(3));

        assertThat(heard).hasValue(1);
    }

    @Test
    void whoEndedOneSubscriptionGoesOnHearingByTheOther() {
        ClusterBus sender = node();
        ClusterBus listener = node();
        Ear ear = new Ear();
        Runnable first = listener.subscribe(ear);
        listener.subscribe(ear);
        first.run();
        first.run();

        sender.publish(numbered(1));
        sender.publish(LAST);

        ear.awaitNews(LAST);
        assertThat(ear.news()).containsExactly(numbered(1), LAST);
    }

    @Test
    void whatWasPublishedBeforeTheEndIsSent() {
        ClusterBus sender = node();
        Ear ear = ear(node());

        sender.publish(numbered(1));
        sender.close();

        ear.awaitNews(numbered(1));
    }

    @Test
    void aClosedNodeNeitherTellsNorHearsAndTheOthersGoOn() {
        ClusterBus closed = node();
        ClusterBus sender = node();
        Ear deaf = ear(closed);
        Ear ear = ear(node());
        closed.close();
        assertThatCode(closed::close).doesNotThrowAnyException();

        assertThatCode(() -> closed.publish(numbered(1))).doesNotThrowAnyException();
        sender.publish(numbered(2));

        ear.awaitNews(numbered(2));
        assertThat(ear.news()).doesNotContain(numbered(1));
        assertThat(deaf.heard).isEmpty();
        assertThatThrownBy(() -> closed.subscribe(message -> {})).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aNodeClosesItselfFromWithinASubscriber() {
        ClusterBus sender = node();
        ClusterBus closing = node();
        CountDownLatch done = new CountDownLatch(1);
        closing.subscribe(message -> {
            closing.close();
            done.countDown();
        });

        sender.publish(numbered(1));

        await().atMost(LONG).until(() -> done.getCount() == 0);
    }

    @Test
    void anAnswerIsNotInTheLog() {
        assertThat(new SessionAnswer("secret")).asString().doesNotContain("secret");
    }
}
