package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A stream in whatever order things come about. */
class SessionStreamPropertyTest {

    private enum Kind {
        ADD,
        OFFER,
        TAKE,
        BREAK,
        COME_BACK,
        PAUSE,
        END
    }

    /** @param count of what is added, or of what the client does not get of what was taken out */
    private record Step(Kind kind, int count) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(Kind.values()), Arbitraries.integers().between(1, 40))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    /** A client that names the last event it has seen, by connections that lose what is under way when they break. */
    private static final class Reader {

        private final SessionStream stream;
        private final List<Integer> seen = new ArrayList<>();
        private final List<McpEvent> underWay = new ArrayList<>();
        private SessionStream.Attachment attachment;
        private long lastId;

        Reader(SessionStream stream) {
            this.stream = stream;
            this.attachment = stream.attach(0);
        }

        void take(int most) {
            for (int i = 0; i < most; i++) {
                Optional<McpEvent> next = attachment.next();
                if (next.isEmpty()) {
                    return;
                }
                underWay.add(next.get());
            }
        }

        void receiveAllBut(int lost) {
            List<McpEvent> received = underWay.subList(0, Math.max(0, underWay.size() - lost));
            for (McpEvent event : received) {
                if (event.id().isEmpty()) {
                    continue; // says when to come back, and nothing new
                }
                long id = Long.parseLong(event.id().substring("n.1-".length()));
                if (event.message().isPresent()) {
                    assertThat(id).as("an event is new").isGreaterThan(lastId);
                } else {
                    assertThat(id).isEqualTo(lastId);
                }
                lastId = id;
            }
            seen.addAll(SessionStreamTest.numbers(received));
            underWay.clear();
        }

        void comeBack() {
            attachment = stream.attach(lastId);
        }
    }

    @Property(tries = 1000)
    void whoAlwaysComesBackMissesNothingAndSeesNothingTwice(@ForAll("steps") List<Step> steps, @ForAll boolean primes) {
        ReplayBudget plenty = new ReplayBudget(Long.MAX_VALUE);
        SessionStream any = new SessionStream("n.1", primes, plenty);
        Reader reader = new Reader(any);
        List<Integer> added = new ArrayList<>();
        Set<Integer> dropped = new HashSet<>();
        int number = 0;
        for (Step step : steps) {
            if (number > 2 * SessionStream.KEPT) {
                reader.receiveAllBut(0); // so that no more is lost than is kept
            }
            switch (step.kind()) {
                case ADD -> {
                    any.add(SessionStreamTest.message(++number));
                    added.add(number);
                }
                case OFFER -> {
                    for (int i = 0; i < step.count(); i++) {
                        added.add(++number);
                        if (!any.offer(SessionStreamTest.message(number))) {
                            dropped.add(number);
                        }
                    }
                }
                case TAKE -> {
                    reader.take(step.count());
                    if (step.count() % 2 == 0) {
                        reader.receiveAllBut(0);
                    }
                }
                case BREAK -> {
                    reader.receiveAllBut(Math.min(step.count(), SessionStream.KEPT));
                    reader.attachment.detach();
                }
                case COME_BACK -> {
                    reader.receiveAllBut(0);
                    reader.comeBack();
                }
                case PAUSE -> any.pause(Duration.ofSeconds(1));
                case END -> reader.attachment.end();
            }
        }
        any.complete();
        reader.receiveAllBut(0);
        reader.comeBack();
        reader.take(Integer.MAX_VALUE);
        reader.receiveAllBut(0);

        added.removeAll(dropped);
        assertThat(reader.seen).isEqualTo(added);
        assertThat(reader.attachment.isOver()).isTrue();
        assertThat(any.isAttached()).isFalse();
        any.drop();
        assertThat(plenty.taken()).isZero();
    }
}
