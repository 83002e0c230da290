package dev.devmesh.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.schema.Header;
import dev.devmesh.schema.HeaderMember;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class ToolBuilderTest {

    record City(String name) {}

    record Nested(City city) {}

    record Routed(
            @Header("Region") String region,
            @Header("Shard") int shard) {}

    @Test
    void theSchemaFollowsFromTheRecord() {
        Tool tool = Tool.named("weather").input(City.class).handle((call, in) -> in.name());

        assertThat(tool.spec()
                        .input()
                        .json()
                        .path("properties")
                        .path("name")
                        .path("type")
                        .asString())
                .isEqualTo("string");
        assertThat(tool.spec().input().json().path("required").get(0).asString())
                .isEqualTo("name");
    }

    @Test
    void aToolWithoutArgumentsTakesAnEmptyObjectOnly() {
        Tool tool = Tool.named("ping").handle(call -> "pong");

        assertThat(tool.spec().input().json().toString())
                .isEqualTo("{\"type\":\"object\",\"additionalProperties\":false}");
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheToolsNameAndTheReason() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tool.named("two words"))
                .withMessageContaining("'two words'")
                .withMessageContaining("1 to 128 characters");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Tool.named("list").inputSchema("{\"type\":\"array\"}").handle((call, in) -> ""))
                .withMessageContaining("'list'")
                .withMessageContaining("\"type\": \"object\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tool.named("broken").inputSchema("{\"type\":\"obj\"}"))
                .withMessageContaining("'broken'")
                .withMessageContaining("input schema");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tool.named("slow").timeout(Duration.ZERO))
                .withMessageContaining("longer than zero");
    }

    @Test
    void argumentsThatTravelInHeadersAreFound() {
        Tool tool = Tool.named("route").input(Routed.class).handle((call, in) -> in.region());

        assertThat(tool.spec().input().headers())
                .containsExactly(
                        new HeaderMember("Region", List.of("region")), new HeaderMember("Shard", List.of("shard")));
    }

    @Test
    void headerAnnotationsThatBreakTheProtocolsRulesAreRefused() {
        String number = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\",\"x-mcp-header\":\"A\"}}}";
        String twice = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"},"
                + "\"b\":{\"type\":\"string\",\"x-mcp-header\":\"a\"}}}";
        String blank = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"a b\"}}}";
        String items = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\","
                + "\"items\":{\"type\":\"string\",\"x-mcp-header\":\"A\"}}}}";

        for (String schema : List.of(number, twice, blank, items)) {
            assertThatIllegalArgumentException()
                    .as(schema)
                    .isThrownBy(() -> Tool.named("t").inputSchema(schema).handle((call, in) -> ""))
                    .withMessageContaining("x-mcp-header");
        }
    }

    @Test
    void aPropertyMayBeCalledLikeTheAnnotation() {
        String schema = "{\"type\":\"object\",\"properties\":{\"x-mcp-header\":{\"type\":\"string\"}}}";

        assertThat(Tool.named("t")
                        .inputSchema(schema)
                        .handle((call, in) -> "")
                        .spec()
                        .input()
                        .headers())
                .isEmpty();
    }

    @Test
    void aNameCanBeTakenOnlyOnce() {
        ToolRegistry registry = new ToolRegistry(Limits.defaults());
        registry.register(Tool.named("ping").handle(call -> "pong"));

        Assertions.assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> registry.register(Tool.named("ping").handle(call -> "pong")))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_EXISTS))
                .withMessageContaining("'ping'");
    }

    @Test
    void aProviderKeepsToItsNamespaceAndComesInWholeOrNotAtAll() {
        ToolRegistry registry = new ToolRegistry(Limits.defaults());
        ToolProvider provider = new ToolProvider() {
            @Override
            public String namespace() {
                return "git";
            }

            @Override
            public List<Tool> tools() {
                return List.of(
                        Tool.named("git_log").handle(call -> ""),
                        Tool.named("log").handle(call -> ""));
            }
        };

        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.register(provider))
                .withMessageContaining("'log'")
                .withMessageContaining("'git_'");
        assertThat(registry.all()).isEmpty();
    }

    @Test
    void aTimeoutBeyondTheMeshsLongestIsRefused() {
        ToolRegistry registry = new ToolRegistry(Limits.defaults());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.register(
                        Tool.named("eternal").timeout(Duration.ofHours(1)).handle(call -> "")))
                .withMessageContaining("'eternal'")
                .withMessageContaining("maxToolTimeout");
    }
}
