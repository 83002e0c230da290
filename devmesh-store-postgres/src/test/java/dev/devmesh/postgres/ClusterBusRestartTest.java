package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.cluster.ClusterMessage;
import dev.devmesh.cluster.ClusterMessage.Gap;
import dev.devmesh.cluster.ClusterMessage.KeyRevoked;
import dev.devmesh.postgres.testing.RestartablePostgres;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** PostgreSQL goes down at once and comes back while nodes are joined by it. */
final class ClusterBusRestartTest {

    @Test
    void nodesFindEachOtherAgainWhenTheServerIsBack() throws Exception {
        try (RestartablePostgres server = RestartablePostgres.start();
                PostgresClusterBus sender = PostgresClusterBus.open(server.settings());
                PostgresClusterBus listener = PostgresClusterBus.open(server.settings())) {
            List<ClusterMessage> heard = new CopyOnWriteArrayList<>();
            listener.subscribe(heard::add);
            sender.publish(new KeyRevoked("before"));
            await().untilAsserted(() -> assertThat(heard).contains(new KeyRevoked("before")));

            server.stopAtOnce();
            sender.publish(new KeyRevoked("meanwhile"));
            server.startAgain();

            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(heard).contains(new Gap()));
            sender.publish(new KeyRevoked("after"));
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(heard).contains(new KeyRevoked("after")));
        }
    }
}
