package dev.devmesh.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.cluster.ClusterMessage.Gap;
import dev.devmesh.cluster.ClusterMessage.KeyRevoked;
import dev.devmesh.cluster.ClusterMessage.SessionAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterBacklogTest {

    private final ClusterBacklog backlog = new ClusterBacklog();

    private static ClusterMessage key(int i) {
        return new KeyRevoked("key_" + i);
    }

    private List<ClusterMessage> takeAll() throws InterruptedException {
        List<ClusterMessage> all = new ArrayList<>();
        for (Optional<ClusterMessage> next = backlog.take(Duration.ZERO);
                next.isPresent();
                next = backlog.take(Duration.ZERO)) {
            all.add(next.get());
        }
        assertThat(backlog.isEmpty()).isTrue();
        return all;
    }

    @Test
    void whatWaitsAlreadyIsNotAddedAgain() throws Exception {
        backlog.add(key(1));
        backlog.add(key(2));
        backlog.add(key(1));

        assertThat(takeAll()).containsExactly(key(1), key(2));
    }

    @Test
    void whatWasTakenOutMayWaitOnceMore() throws Exception {
        backlog.add(key(1));
        assertThat(backlog.take(Duration.ZERO)).contains(key(1));
        backlog.add(key(1));

        assertThat(takeAll()).containsExactly(key(1));
    }

    @Test
    void whatCouldNotBeSentGoesFirstAgain() throws Exception {
        backlog.add(key(1));
        backlog.add(key(2));
        backlog.putBack(backlog.take(Duration.ZERO).orElseThrow());

        assertThat(takeAll()).containsExactly(key(1), key(2));
    }

    @Test
    void tooManyMessagesGiveWayToAGapAndAnswersStay() throws Exception {
        backlog.add(new SessionAnswer("a"));
        for (int i = 0; i <= ClusterBacklog.MAX_MESSAGES; i++) {
            backlog.add(key(i));
        }
        backlog.add(key(7));

        assertThat(takeAll()).containsExactly(new SessionAnswer("a"), new Gap(), key(7));
    }

    @Test
    void noMoreAnswersWaitThanThereIsRoomFor() throws Exception {
        for (int i = 0; i < 2 * ClusterBacklog.MAX_ANSWERS; i++) {
            backlog.add(new SessionAnswer("a" + i));
        }
        backlog.add(key(1));

        assertThat(takeAll()).hasSize(ClusterBacklog.MAX_ANSWERS + 1).endsWith(key(1));
        backlog.add(new SessionAnswer("b"));
        assertThat(takeAll()).containsExactly(new SessionAnswer("b"));
    }
}
