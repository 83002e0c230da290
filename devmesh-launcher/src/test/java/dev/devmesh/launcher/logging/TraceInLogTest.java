package dev.devmesh.launcher.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.devmesh.DevMesh;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** The lines of the program's own log, as its own configuration writes them, while requests that name a trace are served. */
class TraceInLogTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(TraceInLogTest.class);
    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    private record Nothing() {}

    /** Writes a line where it is logged, on that thread, as the standard error has it. */
    private static final class Lines extends AppenderBase<ILoggingEvent> {
        private final List<String> all = new CopyOnWriteArrayList<>();
        private final Encoder<ILoggingEvent> encoder =
                ((ConsoleAppender<ILoggingEvent>) ROOT.getAppender("stderr")).getEncoder();

        @Override
        protected void append(ILoggingEvent event) {
            all.add(new String(encoder.encode(event), StandardCharsets.UTF_8));
        }

        List<String> with(String text) {
            return all.stream().filter(line -> line.contains(text)).toList();
        }
    }

    private static final AtomicBoolean DEAF = new AtomicBoolean();

    private static MeshServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Lines lines = new Lines();

    @BeforeAll
    static void start() {
        server = MeshServer.of(DevMesh.builder()
                        .tool(Tool.named("quick").nonBlocking().handle(call -> said("quick")))
                        .tool(Tool.named("waits").handle(call -> said("waits")))
                        .tool(Tool.named("stage")
                                .input(Nothing.class)
                                .handleAsync((call, in) -> CompletableFuture.completedFuture(said("stage"))))
                        .tool(Tool.named("fails").handle(call -> {
                            throw new IllegalStateException("no luck");
                        }))
                        .tool(Tool.named("fails_later")
                                .input(Nothing.class)
                                .handleAsync((call, in) -> CompletableFuture.supplyAsync(() -> {
                                    throw new IllegalStateException("no luck");
                                })))
                        .tool(Tool.named("deaf").timeout(Duration.ofMillis(50)).handle(call -> {
                            while (!DEAF.get()) {
                                Thread.onSpinWait();
                            }
                            return "late";
                        }))
                        .build())
                .port(0)
                .start();
    }

    private static String said(String tool) {
        LOG.info("the handler of {} speaks", tool);
        return tool;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void listen() {
        lines.setContext(ROOT.getLoggerContext());
        lines.start();
        ROOT.addAppender(lines);
    }

    @AfterEach
    void leave() {
        ROOT.detachAppender(lines);
    }

    private void callOverMcp(String tool, String header, String value) throws IOException, InterruptedException {
        String body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":{},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
        send(HttpRequest.newBuilder(server.mcpUri())
                .header("Accept", "application/json, text/event-stream")
                .header("MCP-Protocol-Version", "2026-07-28")
                .header("Mcp-Method", "tools/call")
                .header("Mcp-Name", tool)
                .header(header, value)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private void callOverRest(String tool, String header, String value) throws IOException, InterruptedException {
        URI uri = server.uri().resolve("/api/v1/tools/" + tool + "/call");
        send(HttpRequest.newBuilder(uri)
                .header(header, value)
                .POST(HttpRequest.BodyPublishers.ofString("{\"arguments\":{}}")));
    }

    private void send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                request.header("Content-Type", "application/json").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.headers().firstValue("X-Trace-ID")).as(answer.body()).contains(TRACE);
    }

    @ParameterizedTest
    @CsvSource({
        "quick, traceparent, 00-" + TRACE + "-b7ad6b7169203331-01",
        "waits, traceparent, 00-" + TRACE + "-b7ad6b7169203331-01",
        "stage, traceparent, 00-" + TRACE + "-b7ad6b7169203331-01",
        "quick, X-Trace-ID, " + TRACE,
        "waits, X-Trace-ID, " + TRACE,
        "stage, X-Trace-ID, " + TRACE
    })
    void whatAHandlerLogsHasTheTraceThatTheRequestNamed(String tool, String header, String value) throws Exception {
        callOverMcp(tool, header, value);
        callOverRest(tool, header, value);

        assertThat(lines.with("the handler of " + tool + " speaks"))
                .hasSize(2)
                .allMatch(line -> line.contains(" " + TRACE + " - the handler of " + tool + " speaks"));
    }

    @ParameterizedTest
    @CsvSource({
        "fails, traceparent, 00-" + TRACE + "-b7ad6b7169203331-01",
        "fails, X-Trace-ID, " + TRACE,
        "fails_later, X-Trace-ID, " + TRACE
    })
    void soHasWhatTheMeshLogsOfIt(String tool, String header, String value) throws Exception {
        callOverMcp(tool, header, value);
        callOverRest(tool, header, value);

        assertThat(lines.with("no luck")).hasSize(2).allMatch(line -> line.contains(" " + TRACE + " - Tool '" + tool));
    }

    @Test
    void evenWhenItsCallerWasAnsweredLongBefore() throws Exception {
        try {
            callOverMcp("deaf", "X-Trace-ID", TRACE);
            await().untilAsserted(() -> assertThat(lines.with("ignoring its interrupt"))
                    .hasSize(1)
                    .allMatch(line -> line.contains(" " + TRACE + " - ")));
        } finally {
            DEAF.set(true);
        }
    }

    @Test
    void andNothingElseHasIt() throws Exception {
        callOverMcp("waits", "X-Trace-ID", TRACE);
        LOG.info("outside of any request");

        assertThat(lines.with("outside of any request"))
                .singleElement()
                .asString()
                .doesNotContain(TRACE);
    }
}
