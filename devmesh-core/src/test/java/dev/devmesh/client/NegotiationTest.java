package dev.devmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.Revision;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server is, is found out by how it answers the first request over HTTP. */
class NegotiationTest {

    private static final String FINE = "'content':[{'type':'text','text':'fine'}]";

    /** Answers the handshake with the revision, refuses everything before it as told. */
    private static ScriptedServer.Script session(String date, ScriptedServer.Script before) {
        return (request, reply) -> {
            if (request.method().equals("initialize")) {
                reply.result("'protocolVersion':'" + date + "','capabilities':{}");
            } else if (request.method().startsWith("notifications/")) {
                reply.status(202);
            } else if (request.meta("protocolVersion").isMissingNode()) {
                reply.result(FINE);
            } else {
                before.answer(request, reply);
            }
        };
    }

    private static List<String> methods(ScriptedServer server) {
        return server.received().stream().map(ScriptedServer.Received::method).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 405, 406, 415, 422})
    void anyRefusalWithoutAnErrorOfTheStatelessRevisionMeansOlder(int status) throws IOException {
        try (var server = ScriptedServer.of(session("2025-06-18", (request, reply) -> reply.status(status)));
                McpClient client = server.client()) {
            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(client.revision()).isEqualTo(Revision.V2025_06_18);
        }
    }

    @ParameterizedTest
    @CsvSource({"400, -32600", "400, -32000", "400, -32001", "200, -32600", "200, -32601", "400, -32602", "404, -32601"
    })
    void soDoTheErrorsOfOlderServers(int status, int code) throws IOException {
        try (var server = ScriptedServer.of(session(
                        "2025-11-25", (request, reply) -> reply.error(status, "{'code':" + code + ",'message':'m'}")));
                McpClient client = server.client()) {
            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(client.revision()).isEqualTo(Revision.V2025_11_25);
        }
    }

    @Test
    void theNewestOfThoseThatTheServerNamesIsTaken() throws IOException {
        try (var server = ScriptedServer.of(session(
                        "2025-06-18",
                        (request, reply) -> reply.error(
                                400,
                                "{'code':-32022,'message':'m','data':{'requested':'2026-07-28','supported':"
                                        + "['2024-11-05','2025-03-26','2025-06-18']}}")));
                McpClient client = server.client()) {
            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(server.received().get(1).params().path("protocolVersion").asString())
                    .isEqualTo("2025-06-18");
        }
    }

    @Test
    void aServerThatRefusesTheProposalIsProposedWhatItNames() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    if (request.method().equals("initialize")
                            && !request.params()
                                    .path("protocolVersion")
                                    .asString()
                                    .equals("2025-03-26")) {
                        reply.error(400, "{'code':-32602,'message':'m','data':{'supported':['2025-03-26']}}");
                    } else {
                        session("2025-03-26", (r, a) -> a.status(400)).answer(request, reply);
                    }
                });
                McpClient client = server.client()) {
            assertThat(client.revision()).isEqualTo(Revision.V2025_03_26);
        }
    }

    @Test
    void aRevisionThatTheClientMayNotSpeakIsRefused() throws IOException {
        for (String date : List.of("2025-06-18", "2024-11-05", "")) {
            try (var server = ScriptedServer.of(session(date, (request, reply) -> reply.status(400)));
                    McpClient client = McpClient.builder(server.uri())
                            .revisions(Revision.V2025_11_25)
                            .build()) {
                assertThatThrownBy(() -> client.call("x"))
                        .isInstanceOf(McpClientException.class)
                        .hasMessageContaining("speaks no revision that this client may speak (2025-11-25)");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 429, 500, 503})
    void whatIsAboutTheCallerSaysNothingAboutTheServer(int status) throws IOException {
        try (var server = ScriptedServer.of(session("2025-06-18", (request, reply) -> reply.status(status)));
                McpClient client = server.client()) {
            assertThatThrownBy(() -> client.call("x"))
                    .isInstanceOfSatisfying(
                            McpClientException.class,
                            e -> assertThat(e.status()).isEqualTo(status));
            assertThat(methods(server)).containsExactly("tools/call");
        }
    }

    @Test
    void aServerOfTheStatelessRevisionThatDoesNotKnowAMethodStaysThat() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    switch (request.method()) {
                        case "server/discover" -> reply.result("'supportedVersions':['2026-07-28'],'capabilities':{}");
                        case "tools/call" -> reply.result(FINE);
                        default -> reply.error(404, "{'code':-32601,'message':'no such method'}");
                    }
                });
                McpClient client = server.client()) {
            assertThatThrownBy(client::prompts).hasMessageContaining("no such method");
            assertThatThrownBy(client::prompts).hasMessageContaining("no such method");
            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(methods(server))
                    .containsExactly("prompts/list", "server/discover", "prompts/list", "tools/call");
        }
    }

    @Test
    void whereNeitherWayLeadsAnywhereTheFirstAnswerIsTheOneThatCounts() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> reply.body(404, "text/html", "<html>"));
                McpClient client = server.client()) {
            assertThatThrownBy(() -> client.call("x")).isInstanceOfSatisfying(McpClientException.class, e -> {
                assertThat(e.status()).isEqualTo(404);
                assertThat(e.fix()).isEqualTo("Check the path of the address.");
                assertThat(e.getSuppressed()).hasSize(1);
            });
        }
    }

    @Test
    void aClientThatMaySpeakTheStatelessRevisionOnlyDoesNotGreet() throws IOException {
        try (var server = ScriptedServer.of(session("2025-06-18", (request, reply) -> reply.status(400)));
                McpClient client = McpClient.builder(server.uri())
                        .revisions(Revision.V2026_07_28)
                        .build()) {
            assertThatThrownBy(() -> client.call("x")).isInstanceOf(McpClientException.class);
            assertThat(methods(server)).containsExactly("tools/call");
        }
        assertThatThrownBy(() -> McpClient.builder(List.of("x")).revisions())
                .isInstanceOf(IllegalArgumentException.class);
    }
}
