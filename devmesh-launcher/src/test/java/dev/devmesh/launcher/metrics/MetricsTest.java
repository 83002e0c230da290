package dev.devmesh.launcher.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.client.McpClient;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.netty.Surface;
import dev.devmesh.postgres.PoolStats;
import dev.devmesh.postgres.PostgresEvent;
import dev.devmesh.queue.NewJob;
import dev.devmesh.resource.ResourceTemplate;
import dev.devmesh.task.TaskStatus;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsTest {

    private static final Principal ANN = Principal.anonymous();

    private final Metrics metrics = new Metrics();
    private final DevMesh mesh = DevMesh.builder()
            .tool(Tool.named("greet").handle(call -> "hello"))
            .listener(metrics)
            .build();

    @AfterEach
    void close() {
        mesh.close();
        metrics.close();
    }

    @Test
    void whatAServerDoesIsCounted() throws IOException, InterruptedException {
        metrics.watch(mesh);
        try (MeshServer server = MeshServer.of(mesh).port(0).start();
                McpClient client = McpClient.connect(server.mcpUri())) {
            client.call("greet", Map.of());
            assertThat(get(server.uri().resolve("/secret-path?who=secret"))).isEqualTo(404);

            await().untilAsserted(() -> assertThat(metrics.text())
                    .contains("devmesh_http_responses_total{status=\"404\",surface=\"edge\"} 1.0")
                    .containsPattern("devmesh_calls_seconds_count\\{kind=\"tool\",name=\"greet\",outcome=\"ok\"} 1")
                    .containsPattern(
                            "devmesh_http_requests_seconds_bucket\\{method=\"POST\",route=\"/mcp\",status=\"2xx\",surface=\"edge\",le=\"0.005\"}")
                    .contains("devmesh_http_requests_in_flight{surface=\"edge\"} 0.0")
                    .contains("devmesh_tools 1.0")
                    .containsPattern("devmesh_connections [1-9]"));
            assertThat(metrics.text()).doesNotContain("secret");
        }

        assertThat(metrics.text()).contains("devmesh_connections 0.0");
    }

    @Test
    void theManagementListenerServesThem() throws IOException, InterruptedException {
        metrics.watch(mesh);
        try (MeshServer server = MeshServer.of(mesh)
                .port(0)
                .listener(Surface.MANAGEMENT, 0)
                .metrics(metrics::text)
                .start()) {
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(
                                            server.uri(Surface.MANAGEMENT).resolve("/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("content-type")).hasValue(Metrics.CONTENT_TYPE);
            assertThat(answer.body()).contains("devmesh_http_requests_in_flight{surface=\"management\"} 1.0");
            assertThat(get(server.uri().resolve("/metrics"))).as("on the edge").isEqualTo(404);
        }
    }

    private static int get(URI uri) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void everyFigureOfTheTableIsToldAndNoOther() {
        metrics.watch(mesh);
        mesh.start();
        mesh.jobs().enqueue(Principal.administrator(ANN.tenant(), "ann"), job());
        oneOfEach().forEach(metrics::on);
        metrics.watch(() -> new PoolStats(1, 2, 3, 10));
        oneOfEachOfADatabase().forEach(metrics::on);
        await().until(() -> metrics.text().contains("queue=\"mail\""));

        String text = metrics.text();
        Set<String> told = text.lines()
                .filter(line -> line.startsWith("# TYPE devmesh_"))
                .map(line -> line.substring("# TYPE ".length()))
                .filter(family -> !family.endsWith("_seconds_max gauge")) // comes with each histogram
                .collect(Collectors.toSet());
        assertThat(told)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Figure.values())
                        .map(figure -> figure.family() + " " + figure.type())
                        .toList());
        assertThat(MetricsReference.JVM).allSatisfy(name -> assertThat(text).contains("# TYPE " + name + " "));
    }

    @Test
    void aDatabaseIsToldByItsPoolAndByWhatItRefuses() {
        metrics.watch(() -> new PoolStats(1, 2, 3, 10));
        oneOfEachOfADatabase().forEach(metrics::on);

        assertThat(metrics.text())
                .contains(
                        "devmesh_database_connections{state=\"active\"} 1.0",
                        "devmesh_database_connections{state=\"idle\"} 2.0",
                        "devmesh_database_connections_waiting 3.0",
                        "devmesh_database_connections_most 10.0",
                        "devmesh_database_errors_total{class=\"08\"} 1.0",
                        "devmesh_database_acquire_seconds_count 1",
                        "devmesh_database_statements_seconds_count 1",
                        "devmesh_database_transactions_seconds_count{outcome=\"committed\"} 1");
    }

    private static List<PostgresEvent> oneOfEachOfADatabase() {
        return List.of(
                new PostgresEvent.Acquired(Duration.ofMillis(1)),
                new PostgresEvent.StatementEnded(Duration.ofMillis(1)),
                new PostgresEvent.TransactionEnded(true, Duration.ofMillis(2)),
                new PostgresEvent.Failed("08"));
    }

    private static NewJob job() {
        return NewJob.of("mail", "send", Map.of()).after(Duration.ofHours(1));
    }

    private static List<MeshEvent> oneOfEach() {
        return List.of(
                new MeshEvent.HttpReceived("edge"),
                new MeshEvent.HttpServed("edge", "GET", "/health", 200, Duration.ofMillis(3)),
                new MeshEvent.WebSocketOpened(),
                new MeshEvent.WebSocketClosed("no_pong"),
                new MeshEvent.RequestRefused(ErrorCode.RATE_LIMITED),
                new MeshEvent.SessionBegan(Revision.V2025_11_25),
                ended("greet", Optional.empty()),
                new MeshEvent.CallOverran(CallPolicy.Kind.TOOL, "greet", 1, 1),
                new MeshEvent.TaskChanged("t", "greet", ANN, TaskStatus.values()[0]),
                new MeshEvent.ItemsEmbedded("lexical", 1, 1, 1, 1, Duration.ZERO),
                new MeshEvent.EmbeddingsLeft(1, 1));
    }

    private static MeshEvent ended(String tool, Optional<ErrorCode> failure) {
        return new MeshEvent.CallEnded(CallPolicy.Kind.TOOL, tool, ANN, "trace", Duration.ofMillis(3), failure, false);
    }

    @Test
    void namesThatCallersMakeUpAreOneSeries() {
        metrics.watch(mesh);

        IntStream.range(0, 1_000)
                .forEach(i -> metrics.on(ended("made-up-" + i, Optional.of(ErrorCode.TOOL_NOT_FOUND))));

        assertThat(metrics.text())
                .doesNotContain("made-up")
                .contains(
                        "devmesh_calls_seconds_count{kind=\"tool\",name=\"unknown\",outcome=\"tool_not_found\"} 1000");
    }

    @Test
    void namesBeyondTheBoundShareASeries() {
        metrics.watch(mesh);
        IntStream.range(0, 2 * KnownNames.MOST)
                .forEach(i -> mesh.tools().register(Tool.named("tool_" + i).handle(call -> "")));

        IntStream.range(0, 2 * KnownNames.MOST).forEach(i -> metrics.on(ended("tool_" + i, Optional.empty())));

        assertThat(metrics.text()
                        .lines()
                        .filter(line -> line.startsWith("devmesh_calls_seconds_count"))
                        .count())
                .isEqualTo(KnownNames.MOST + 1);
        assertThat(metrics.text()).contains("name=\"other\",outcome=\"ok\"} " + KnownNames.MOST);
    }

    @Test
    void aResourceIsNamedByItsTemplate() {
        metrics.watch(mesh);
        mesh.resources().register(ResourceTemplate.at("farm://build/{id}").read((call, variables) -> "log"));

        metrics.on(new MeshEvent.CallEnded(
                CallPolicy.Kind.RESOURCE,
                "farm://build/7",
                ANN,
                "trace",
                Duration.ofMillis(1),
                Optional.empty(),
                false));

        assertThat(metrics.text()).contains("name=\"farm://build/{id}\"").doesNotContain("build/7");
    }

    @Test
    void itHearsTheEventsOfItsMeshOnly() {
        Metrics other = new Metrics();
        other.on(new MeshEvent.WebSocketOpened());

        assertThat(metrics.text()).contains("devmesh_websockets 0.0");
        other.close();
    }
}
