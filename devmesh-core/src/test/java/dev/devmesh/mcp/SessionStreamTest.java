package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SessionStreamTest {

    private final ReplayBudget budget = new ReplayBudget(1 << 20);
    private final SessionStream stream = new SessionStream("n.1", false, budget);

    static JsonWritable message(int number) {
        return out -> out.writeNumber(number);
    }

    private static JsonWritable ofBytes(int bytes) {
        return out -> out.writeString("x".repeat(bytes - 2));
    }

    private static List<McpEvent> read(McpOutbox box) {
        List<McpEvent> read = new ArrayList<>();
        for (Optional<McpEvent> next = box.next(); next.isPresent(); next = box.next()) {
            read.add(next.get());
        }
        return read;
    }

    static List<Integer> numbers(List<McpEvent> events) {
        return events.stream()
                .flatMap(event -> event.message().stream())
                .map(message -> Json.parse(Json.bytes(message)).asInt())
                .toList();
    }

    private void addAll(int from, int to) {
        IntStream.rangeClosed(from, to).forEach(number -> stream.add(message(number)));
    }

    @Test
    void eventsAreNumberedAndComeInOrder() {
        addAll(1, 3);
        List<McpEvent> read = read(stream.attach(0));

        assertThat(numbers(read)).containsExactly(1, 2, 3);
        assertThat(read).extracting(McpEvent::id).containsExactly("n.1-1", "n.1-2", "n.1-3");
        assertThat(read).extracting(McpEvent::retry).containsOnly(Duration.ZERO);
    }

    @Test
    void whoComesBackGoesOnBehindWhatItNames() {
        addAll(1, 4);
        read(stream.attach(0));

        assertThat(numbers(read(stream.attach(2)))).containsExactly(3, 4);
        assertThat(numbers(read(stream.attach(0)))).containsExactly(1, 2, 3, 4);
    }

    @Test
    void anEventThatWasNeverSentCannotBeWaitedFor() {
        addAll(1, 2);
        SessionStream.Attachment attachment = stream.attach(1_000_000);
        addAll(3, 3);

        assertThat(numbers(read(attachment))).containsExactly(3);
    }

    @Test
    void aConnectionFindsItsStreamOverWhenAnotherTookIt() {
        AtomicInteger woken = new AtomicInteger();
        SessionStream.Attachment first = stream.attach(0);
        first.wakes(woken::incrementAndGet);
        SessionStream.Attachment second = stream.attach(0);
        addAll(1, 1);

        assertThat(first.isOver()).isTrue();
        assertThat(first.next()).isEmpty();
        assertThat(woken).hasValueGreaterThan(1);
        first.detach();
        assertThat(second.isOver()).isFalse();
        assertThat(numbers(read(second))).containsExactly(1);
    }

    @Test
    void onlyAFreeStreamIsGivenToWhoDoesNotComeBack() {
        addAll(1, 1);
        SessionStream.Attachment first = stream.attachIfFree().orElseThrow();
        read(first);

        assertThat(stream.attachIfFree()).isEmpty();
        first.detach();
        addAll(2, 2);
        assertThat(numbers(read(stream.attachIfFree().orElseThrow())))
                .as("what was sent is not sent again to who does not ask for it")
                .containsExactly(2);
    }

    @Test
    void aStreamThatWasReadToItsEndIsFree() {
        SessionStream.Attachment attachment = stream.attach(0);
        addAll(1, 1);
        stream.complete();

        assertThat(attachment.isOver()).isFalse();
        assertThat(numbers(read(attachment))).containsExactly(1);
        assertThat(attachment.isOver()).isTrue();
        assertThat(stream.isAttached()).isFalse();
        assertThat(stream.add(message(2))).isFalse();
        assertThat(numbers(read(stream.attach(0)))).as("for who lost it").containsExactly(1);
    }

    @Test
    void aPrimingEventComesFirstWhereThereIsOne() {
        SessionStream primed = new SessionStream("n.2", true, budget);
        primed.add(message(1));
        List<McpEvent> read = read(primed.attach(0));

        assertThat(read.get(0)).isEqualTo(new McpEvent(Optional.empty(), "n.2-0", Duration.ZERO));
        assertThat(numbers(read)).containsExactly(1);
        assertThat(read(primed.attach(1))).extracting(McpEvent::id).containsExactly("n.2-1");
    }

    @Test
    void aPausedStreamSaysWhenToComeBackAfterWhatIsThere() {
        SessionStream.Attachment attachment = stream.attach(0);
        addAll(1, 2);
        stream.pause(Duration.ofMillis(300));
        List<McpEvent> read = read(attachment);

        assertThat(numbers(read)).containsExactly(1, 2);
        assertThat(read.get(2)).isEqualTo(new McpEvent(Optional.empty(), "", Duration.ofMillis(300)));
        assertThat(attachment.isOver()).isTrue();
        assertThat(stream.isAttached()).isFalse();
        addAll(3, 3);
        assertThat(numbers(read(stream.attach(2)))).containsExactly(3);
    }

    @Test
    void nobodyIsToComeBackToACompleteStream() {
        SessionStream.Attachment attachment = stream.attach(0);
        stream.pause(Duration.ofMillis(300));
        addAll(1, 1);
        stream.complete();

        assertThat(read(attachment)).extracting(McpEvent::retry).containsExactly(Duration.ZERO);
    }

    @Test
    void anEndingConnectionGetsWhatIsThereAndTheStreamGoesOn() {
        SessionStream.Attachment attachment = stream.attach(0);
        addAll(1, 2);
        attachment.end();

        assertThat(numbers(read(attachment))).containsExactly(1, 2);
        assertThat(attachment.isOver()).isTrue();
        addAll(3, 3);
        assertThat(numbers(read(stream.attach(2)))).containsExactly(3);
    }

    @Test
    void notificationsAreDroppedWhileNobodyReadsAndResponsesNever() {
        for (int i = 1; i <= SessionStream.ROOM; i++) {
            assertThat(stream.offer(message(i))).isTrue();
        }

        assertThat(stream.offer(message(0))).isFalse();
        assertThat(stream.add(message(1000))).isTrue();
        assertThat(numbers(read(stream.attach(0))))
                .hasSize(SessionStream.ROOM + 1)
                .endsWith(SessionStream.ROOM, 1000);
        assertThat(stream.offer(message(1001))).isTrue();
    }

    @Test
    void longNotificationsAreDroppedSooner() {
        assertThat(stream.offer(ofBytes(SessionStream.ROOM_BYTES))).isTrue();
        assertThat(stream.offer(message(1))).isFalse();
        assertThat(stream.add(message(2))).isTrue();
    }

    @Test
    void soManyEventsAreKept() {
        SessionStream.Attachment attachment = stream.attach(0);
        for (int i = 1; i <= SessionStream.KEPT + 10; i++) {
            stream.add(message(i));
            read(attachment);
        }

        assertThat(numbers(read(stream.attach(0)))).hasSize(SessionStream.KEPT).startsWith(11);
    }

    @Test
    void soManyBytesAreKept() {
        SessionStream.Attachment attachment = stream.attach(0);
        for (int i = 0; i < 10; i++) {
            stream.add(ofBytes(SessionStream.KEPT_BYTES / 4));
            read(attachment);
        }

        assertThat(read(stream.attach(0))).hasSize(4);
        assertThat(budget.taken()).isEqualTo(SessionStream.KEPT_BYTES);
    }

    @Test
    void oneLongEventIsKeptAlone() {
        SessionStream.Attachment attachment = stream.attach(0);
        stream.add(message(1));
        stream.add(ofBytes(SessionStream.KEPT_BYTES * 2));
        read(attachment);

        assertThat(read(stream.attach(0))).extracting(McpEvent::id).containsExactly("n.1-2");
    }

    @Test
    void nothingThatWasSentIsKeptBeyondTheBudget() {
        ReplayBudget small = new ReplayBudget(100);
        SessionStream one = new SessionStream("n.1", false, small);
        SessionStream other = new SessionStream("n.2", false, small);
        one.add(ofBytes(90));
        other.add(ofBytes(50));

        assertThat(read(other.attach(0))).as("it goes out all the same").hasSize(1);
        assertThat(read(other.attach(0))).isEmpty();
        assertThat(read(one.attach(0))).hasSize(1);
        assertThat(read(one.attach(0))).hasSize(1);
        assertThat(small.taken()).isEqualTo(90);
    }

    @Test
    void answersThatNobodyFetchesAreGivenUpBeyondTheBudget() {
        ReplayBudget small = new ReplayBudget(100);
        SessionStream one = new SessionStream("n.1", false, small);
        one.add(ofBytes(90));
        one.complete();
        SessionStream other = new SessionStream("n.2", false, small);
        SessionStream.Attachment attachment = other.attach(0);
        other.add(ofBytes(50));
        other.complete();
        assertThat(small.taken()).isEqualTo(140);
        attachment.detach();

        assertThat(small.taken()).isEqualTo(90);
        assertThat(read(other.attach(0))).isEmpty();
        assertThat(read(one.attach(0))).hasSize(1);
    }

    @Test
    void aDroppedStreamIsOverAndGivesEverythingBack() {
        SessionStream.Attachment attachment = stream.attach(0);
        addAll(1, 2);
        attachment.next();
        AtomicInteger woken = new AtomicInteger();
        attachment.wakes(woken::incrementAndGet);
        stream.drop();
        stream.drop();

        assertThat(attachment.isOver()).isTrue();
        assertThat(attachment.next()).isEmpty();
        assertThat(woken).hasValue(2);
        assertThat(stream.add(message(3))).isFalse();
        assertThat(read(stream.attach(0))).isEmpty();
        assertThat(budget.taken()).isZero();
    }
}
