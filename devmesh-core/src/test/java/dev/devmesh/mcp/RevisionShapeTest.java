package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Revision;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.MissingCapabilityException;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.question.Question;
import dev.devmesh.resource.ResourceNotFoundException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.node.ObjectNode;

/** What no client of a whole mesh gets to see: statuses, what the newest revision is spared, and what nothing renders yet. */
class RevisionShapeTest {

    @ParameterizedTest
    @EnumSource
    void theNewestRevisionGetsEveryPartAsItIs(Part part) {
        Wire.Members members = out -> {};

        assertThat(RevisionShape.of(Revision.V2026_07_28).members(part, members))
                .isSameAs(members);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "V2025_03_26 | PROMPT   | {'arguments':[{'name':'a','title':'A'}]} | {'arguments':[{'name':'a'}]}",
                "V2025_06_18 | PROMPT   | {'arguments':[{'name':'a','title':'A'}]} | {'arguments':[{'name':'a','title':'A'}]}",
                "V2025_03_26 | CONTENT  | {'type':'text','_meta':{}}               | {'type':'text'}",
                "V2025_06_18 | CONTENT  | {'type':'resource_link','icons':[]}      | {'type':'resource_link'}",
                "V2025_11_25 | CONTENT  | {'type':'resource_link','icons':[]}      | {'type':'resource_link','icons':[]}",
                "V2025_03_26 | CONTENT  | {'resource':{'text':'t','_meta':{}}}     | {'resource':{'text':'t'}}",
                "V2025_03_26 | READING  | {'contents':[{'text':'t','_meta':{}}]}   | {'contents':[{'text':'t'}]}",
                "V2025_06_18 | READING  | {'contents':[{'text':'t','_meta':{}}]}   | {'contents':[{'text':'t','_meta':{}}]}",
                "V2025_06_18 | IMPLEMENTATION | {'name':'n','title':'t','description':'d','websiteUrl':'w','icons':[]} | {'name':'n','title':'t'}",
                "V2025_11_25 | IMPLEMENTATION | {'description':'d','websiteUrl':'w','icons':[]} | {'description':'d','websiteUrl':'w','icons':[]}"
            })
    void aPartLosesWhatTheRevisionDoesNotKnow(Revision revision, Part part, String inner, String expected) {
        ObjectNode whole = (ObjectNode) Json.parse(inner.replace('\'', '"'));
        Wire.Members members = out -> whole.properties().forEach(member -> {
            out.writeName(member.getKey());
            out.writeTree(member.getValue());
        });

        Wire.Members shaped = RevisionShape.of(revision).members(part, members);

        byte[] written = Json.bytes((JsonWritable) out -> {
            out.writeStartObject();
            shaped.writeTo(out);
            out.writeEndObject();
        });
        assertThat(Json.parse(written)).isEqualTo(Json.parse(expected.replace('\'', '"')));
    }

    @ParameterizedTest
    @CsvSource({
        "V2025_03_26, SAMPLING ROOTS",
        "V2025_06_18, ELICITATION SAMPLING ROOTS",
        "V2025_11_25, ELICITATION ELICITATION_URL SAMPLING SAMPLING_TOOLS ROOTS",
        "V2026_07_28, ELICITATION ELICITATION_URL SAMPLING SAMPLING_TOOLS ROOTS TASKS"
    })
    void aClientCanDoWhatItsRevisionHasWordsFor(Revision revision, String expected) {
        ObjectNode declared = Json.object();
        ClientCapability.declare(Set.of(ClientCapability.values()), declared);
        ((ObjectNode) declared.path("elicitation")).putObject("form");

        assertThat(RevisionShape.of(revision).capabilities(declared))
                .extracting(ClientCapability::name)
                .containsExactlyInAnyOrder(expected.split(" "));
        assertThat(RevisionShape.of(revision).capabilities(Json.object())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "TOOL_NOT_FOUND, -32602, 200",
        "INVALID_ARGUMENTS, -32602, 200",
        "CLIENT_CAPABILITY_MISSING, -32600, 200",
        "HANDLER_FAILED, -32603, 200",
        "HANDLER_REFUSED, 422, 200",
        "KEY_NOT_FOUND, 404, 200",
        "VERSION_CONFLICT, 412, 200",
        "UPSTREAM_TIMEOUT, 504, 200",
        "SESSION_NOT_FOUND, 404, 404",
        "SESSION_REQUIRED, -32600, 400",
        "INVALID_REQUEST, -32600, 400",
        "PERMISSION_DENIED, 403, 403",
        "RATE_LIMITED, 429, 429",
        "OVERLOADED, 503, 503",
        "MCP_PANIC, -32603, 500"
    })
    void aRefusalHasTheCodeAndStatusOfSessions(ErrorCode reason, int code, int status) {
        McpError error = McpError.of(new MeshException(reason, "No.", "Do.", Duration.ofSeconds(3), null));
        for (Revision revision : List.of(Revision.V2025_03_26, Revision.V2025_06_18, Revision.V2025_11_25)) {
            McpError worded = RevisionShape.of(revision).error(error);

            assertThat(worded.code()).isEqualTo(code);
            assertThat(worded.status()).isEqualTo(status);
            assertThat(worded.getMessage()).isEqualTo("No.");
            assertThat(worded.data()).isEqualTo(error.data());
            assertThat(worded.retryAfter()).isEqualTo(Duration.ofSeconds(3));
        }
        assertThat(RevisionShape.of(Revision.V2026_07_28).error(error)).isSameAs(error);
    }

    @Test
    void errorsOfTheProtocolKeepToTheCodesThatSessionsHave() {
        RevisionShape shape = RevisionShape.of(Revision.V2025_11_25);

        assertError(shape.error(McpError.unknownMethod("x")), -32601, 200);
        assertError(shape.error(McpError.invalidParams("x")), -32602, 200);
        assertError(shape.error(McpError.unparsable("x")), -32700, 400);
        assertError(shape.error(McpError.invalidRequest("x")), -32600, 400);
        assertError(shape.error(McpError.headerMismatch("x")), -32600, 400);
        assertError(shape.error(McpError.unsupportedVersion("x", List.of("y"))), -32600, 400);
        assertError(shape.error(McpError.of(new ResourceNotFoundException("a://b"))), -32002, 200);
        McpError missing =
                shape.error(McpError.of(new MissingCapabilityException("It", Set.of(ClientCapability.SAMPLING_TOOLS))));
        assertError(missing, -32600, 200);
        assertThat(missing.data().at("/requiredCapabilities/sampling/tools").isObject())
                .isTrue();
    }

    private static void assertError(McpError error, int code, int status) {
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.status()).isEqualTo(status);
    }

    @Test
    void aQuestionStaysAsItIsInTheNewestRevision() {
        Question visit = Question.visit("k", "Go", URI.create("https://example.com"));

        assertThat(RevisionShape.of(Revision.V2026_07_28).params(visit)).isEqualTo(visit.params());
    }
}
