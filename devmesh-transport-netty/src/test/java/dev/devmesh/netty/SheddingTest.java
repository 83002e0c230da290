package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SheddingTest {

    private static final long LONG = LoopLoad.ROUND.toNanos() + 1;

    private final AtomicLong time = new AtomicLong();
    private final Queue<Runnable> loop = new ArrayDeque<>();
    private final LoopLoad load = new LoopLoad(loop::add, time::get);

    @Test
    void aLongRoundNowAndThenIsNoOverload() {
        for (int i = 0; i < 10; i++) {
            assertThat(lateInARound(LONG)).isFalse();
            assertThat(lateInARound(1)).isFalse();
        }
    }

    @Test
    void whatIsReadLateIsTooMuchWhenRoundsStayLong() {
        for (int i = 0; i < LoopLoad.LONG_ROUNDS; i++) {
            assertThat(lateInARound(LONG)).isFalse();
        }

        assertThat(lateInARound(LONG)).isTrue();
        assertThat(lateInARound(1)).as("what is read early").isFalse();
    }

    @Test
    void shortRoundsEndIt() {
        for (int i = 0; i < 100; i++) {
            lateInARound(LONG);
        }
        for (int i = 0; i < 2 * LoopLoad.LONG_ROUNDS; i++) {
            lateInARound(1);
        }

        assertThat(lateInARound(LONG)).isFalse();
    }

    private boolean lateInARound(long nanos) {
        assertThat(load.isTooMuch()).as("the first of a round").isFalse();
        time.addAndGet(nanos);
        boolean tooMuch = load.isTooMuch();
        loop.remove().run();
        assertThat(loop).isEmpty();
        return tooMuch;
    }

    @Test
    void aServerThatIsAskedTooMuchRefusesTheRestAndIsSoonAsBefore() throws Exception {
        Tool slow = Tool.named("slow").nonBlocking().handle(call -> {
            Thread.sleep(20);
            return "done";
        });
        ExecutorService clients = Executors.newCachedThreadPool();
        try (MeshServer server = MeshServer.of(DevMesh.builder().tool(slow).build())
                        .port(0)
                        .eventLoops(1)
                        .start();
                var other = new RawConnection(server)) {
            List<Future<List<Integer>>> running = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                running.add(clients.submit(() -> statuses(server)));
            }
            List<Integer> statuses = new ArrayList<>();
            for (Future<List<Integer>> client : running) {
                assertThat(other.send(Requests.get("/health/live")).read().status())
                        .isEqualTo(200);
                statuses.addAll(client.get());
            }

            assertThat(statuses).contains(503);
            assertThat(statuses).filteredOn(status -> status == 200).hasSizeGreaterThan(100);
            await().untilAsserted(() -> assertThat(
                            status(other.send(Requests.call(2, "slow", "{}")).read()))
                    .isEqualTo(200));
        } finally {
            clients.shutdownNow();
        }
    }

    /** Of a client that has four calls under way, and asks again as soon as they are answered. */
    private static List<Integer> statuses(MeshServer server) throws IOException {
        List<Integer> statuses = new ArrayList<>();
        try (var connection = new RawConnection(server)) {
            for (int round = 0; round < 8; round++) {
                connection.send(Requests.call(1, "slow", "{}").repeat(4));
                for (int i = 0; i < 4; i++) {
                    statuses.add(status(connection.read()));
                }
            }
        }
        return statuses;
    }

    private static int status(RawConnection.Answer answer) {
        if (answer.status() == 503) {
            assertThat(answer.header("retry-after")).isEqualTo("1");
            assertThat(answer.text()).contains("OVERLOADED");
        } else {
            assertThat(answer.status()).isEqualTo(200);
        }
        return answer.status();
    }
}
