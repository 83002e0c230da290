package dev.devmesh.client;

import static dev.devmesh.client.ScriptedServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.ErrorCode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whatever a server does, the caller gets a clear exception within the timeout. */
class HostileServerTest {

    private static final Duration TIMEOUT = Duration.ofMillis(700);

    private static McpClientException call(ScriptedServer.Script script) throws IOException {
        try (var server = ScriptedServer.of(script);
                McpClient client = McpClient.builder(server.uri())
                        .timeout(TIMEOUT)
                        .maxMessageBytes(100_000)
                        .build()) {
            long before = System.nanoTime();
            var problem = catchThrowableOfType(McpClientException.class, () -> client.call("x"));
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(TIMEOUT.plusSeconds(3));
            return problem;
        }
    }

    private static McpClientException answeredWith(String body) throws IOException {
        return call((request, reply) -> reply.body(200, "application/json", json(body)));
    }

    @Test
    void aBodyBeyondTheLimit() throws IOException {
        assertThat(call((request, reply) -> reply.body(200, "application/json", "\"" + "x".repeat(200_000) + "\"")))
                .hasMessageContaining("longer than the 100000 bytes");
    }

    @Test
    void aLineWithoutEnd() throws IOException {
        AtomicLong sent = new AtomicLong();
        assertThat(call((request, reply) -> {
                    reply.stream();
                    while (true) {
                        reply.chunk("data: " + "x".repeat(10_000));
                        sent.addAndGet(10_000);
                    }
                }))
                .hasMessageContaining("longer than the 100000 bytes");
    }

    @Test
    void aStreamOfNotificationsWithoutEnd() throws IOException {
        var problem = call((request, reply) -> {
            reply.stream();
            while (true) {
                reply.notification("message", "{'level':'info','data':'again'}");
            }
        });
        assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_TIMEOUT);
    }

    @Test
    void aStreamThatOnlyShowsThatItLives() throws IOException {
        var problem = call((request, reply) -> {
            reply.stream();
            while (true) {
                reply.chunk(":\n");
            }
        });
        assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_TIMEOUT);
    }

    @Test
    void silence() throws IOException {
        var problem = call((request, reply) -> reply.awaitDisconnect());
        assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_TIMEOUT);
        assertThat(problem).hasMessageContaining("did not answer in time");
    }

    @Test
    void silenceAfterTheHead() throws IOException {
        var problem = call((request, reply) -> reply.stream().awaitDisconnect());
        assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_TIMEOUT);
    }

    @Test
    void theResponseToAnotherRequest() throws IOException {
        assertThat(answeredWith("{'jsonrpc':'2.0','id':99,'result':{'content':[]}}"))
                .hasMessageContaining("the response has the id 99, the request had 1");
        assertThat(answeredWith("{'jsonrpc':'2.0','id':'1','result':{'content':[]}}"))
                .hasMessageContaining("the response has the id \"1\"");
        assertThat(answeredWith("{'jsonrpc':'2.0','id':99,'error':{'code':1,'message':'m'}}"))
                .hasMessageContaining("the response has the id 99");
        assertThat(answeredWith("{'jsonrpc':'2.0','result':{'content':[]}}"))
                .hasMessageContaining("neither a notification nor a response");
    }

    @Test
    void whatIsNotJson() throws IOException {
        assertThat(answeredWith("{'jsonrpc':")).hasMessageContaining("is not JSON");
        assertThat(answeredWith("")).hasMessageContaining("is not JSON");
        assertThat(answeredWith("[1]")).hasMessageContaining("is not a JSON object");
        assertThat(answeredWith("{}")).hasMessageContaining("neither a notification nor a response");
        assertThat(call((request, reply) ->
                        reply.stream().chunk("data: {nonsense\n\n").awaitDisconnect()))
                .hasMessageContaining("is not JSON");
        assertThat(call((request, reply) -> reply.body(200, "text/html", "<html>")))
                .hasMessageContaining("HTTP 200 and no MCP message");
        assertThat(call((request, reply) -> reply.raw("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")))
                .hasMessageContaining("HTTP 202 and no MCP message");
    }

    @Test
    void whatIsNotHttp() throws IOException {
        var problem =
                call((request, reply) -> reply.raw("SSH-2.0-nothing\r\n\r\n").hangUp());
        assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
    }

    @Test
    void aRedirectIsNotFollowed() throws IOException {
        assertThat(call((request, reply) -> reply.raw(
                        "HTTP/1.1 307 Over There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")))
                .hasMessageContaining("HTTP 307");
    }

    @Test
    void anAnswerThatBreaksOff() throws IOException {
        for (ScriptedServer.Script script : new ScriptedServer.Script[] {
            (request, reply) -> reply.hangUp(),
            (request, reply) -> reply.stream().chunk("data: {").hangUp(),
            (request, reply) -> reply.stream().notification("message", "{}").end(),
            (request, reply) -> reply.raw(
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
                    .hangUp()
        }) {
            var problem = call(script);
            assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
            assertThat(problem).hasMessageContaining("broke off before its answer was complete");
            assertThat(problem.fix()).contains("Whether the request was carried out is not known");
        }
    }

    @Test
    void aRequestOfItsOwn() throws IOException {
        assertThat(call((request, reply) -> reply.stream()
                        .event("{'jsonrpc':'2.0','id':1,'method':'ping'}")
                        .awaitDisconnect()))
                .hasMessageContaining("it sent a request of its own");
    }

    @Test
    void resultsOfTheWrongForm() throws IOException {
        assertThat(call((request, reply) -> reply.result("'content':'x'"))).hasMessageContaining("has no content");
        assertThat(call((request, reply) -> reply.result("'content':[{'type':'image','data':'?'}]")))
                .hasMessageContaining("is not base64");
        assertThat(answeredWith("{'jsonrpc':'2.0','id':1,'result':{'resultType':'riddle'}}"))
                .hasMessageContaining("unknown type 'riddle'");
        assertThat(answeredWith("{'jsonrpc':'2.0','id':1,'result':{'resultType':'task','taskId':'t'}}"))
                .hasMessageContaining("a task for a caller that cannot take one");
        assertThat(answeredWith("{'jsonrpc':'2.0','id':1,'result':{'resultType':'input_required'}}"))
                .hasMessageContaining("does not say which");
    }
}
