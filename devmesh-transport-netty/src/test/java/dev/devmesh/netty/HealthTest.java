package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.health.HealthCheck;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class HealthTest {

    @Test
    void healthTellsEveryCheckAndFailsWithOneOfThem() throws IOException {
        AtomicReference<Supplier<HealthCheck.Outcome>> database =
                new AtomicReference<>(() -> new HealthCheck.Outcome(true, "3 of 10 connections in use"));
        DevMesh mesh = DevMesh.builder()
                .version("2.3")
                .healthCheck("database", () -> database.get().get())
                .build();
        try (MeshServer server = MeshServer.of(mesh).port(0).start();
                var connection = new RawConnection(server)) {
            var good = connection.send(Requests.get("/health")).read();
            assertThat(good.status()).isEqualTo(200);
            assertThat(good.json().path("status").asString()).isEqualTo("ok");
            assertThat(good.json().path("version").asString()).isEqualTo("2.3");
            assertThat(good.json().path("instance").asString()).isNotEmpty();
            assertThat(good.json().path("uptime_seconds").isIntegralNumber()).isTrue();
            assertThat(good.json().at("/checks/database/detail").asString()).isEqualTo("3 of 10 connections in use");

            database.set(() -> new HealthCheck.Outcome(false, "no connection since 14:02"));
            var bad = connection.send(Requests.get("/health")).read();
            assertThat(bad.status()).isEqualTo(503);
            assertThat(bad.json().path("status").asString()).isEqualTo("failing");
            assertThat(bad.json().at("/checks/database/status").asString()).isEqualTo("failing");

            database.set(() -> {
                throw new IllegalStateException("secret");
            });
            var broken = connection.send(Requests.get("/health")).read();
            assertThat(broken.status()).isEqualTo(503);
            assertThat(broken.text()).doesNotContain("secret");
        }
    }

    @Test
    void aFailingCheckKeepsRequestsAwayUntilItPassesAndDoesNotEndTheLifeOfTheProcess() throws IOException {
        var isUp = new AtomicBoolean(true);
        DevMesh mesh = DevMesh.builder()
                .healthCheck("database", () -> new HealthCheck.Outcome(isUp.get(), "up or down"))
                .build();
        try (MeshServer server = MeshServer.of(mesh).port(0).start();
                var connection = new RawConnection(server)) {
            assertThat(connection.send(Requests.get("/health/ready")).read().status())
                    .isEqualTo(200);

            isUp.set(false);
            var notReady = connection.send(Requests.get("/health/ready")).read();
            assertThat(notReady.status()).isEqualTo(503);
            assertThat(notReady.header("retry-after")).isEqualTo("1");
            assertThat(notReady.json().path("status").asString()).isEqualTo("not_ready");
            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);

            isUp.set(true);
            assertThat(connection.send(Requests.get("/health/ready")).read().status())
                    .isEqualTo(200);

            mesh.close();

            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
            assertThat(connection.send(Requests.get("/health/ready")).read().status())
                    .isEqualTo(503);
            assertThat(connection.send(Requests.get("/health")).read().status()).isEqualTo(503);
        }
    }
}
