package dev.devmesh.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestPathTest {

    @Test
    void aTargetIsDecodedOnce() {
        RestPath path = RestPath.of("/api/v1/tools/b%c3%a9%2Bt%2561?limit=5&name=a+b%26c&flag");

        assertThat(path.segments()).containsExactly("api", "v1", "tools", "b\u00e9+t%61");
        assertThat(path.query()).isEqualTo(Map.of("limit", "5", "name", "a b&c", "flag", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "api/v1",
                "*",
                "http://localhost/api/v1/tools",
                "//api/v1/tools",
                "/api//v1/tools",
                "/api/v1/tools/",
                "/api/v1/../admin",
                "/api/v1/./tools",
                "/api/v1/%2e%2e/admin",
                "/api/v1/%2E/tools",
                "/api/v1/contexts%2fctx_1",
                "/api/v1/contexts%2Fctx_1",
                "/api/v1/contexts%5cctx_1",
                "/api/v1\\tools",
                "/api/v1/tools%00",
                "/api/v1/tools%0d%0aX:%20y",
                "/api/v1/tools;admin=true",
                "/api/v1/tools%3badmin",
                "/api/v1/tools%7f",
                "/api/v1/tools%",
                "/api/v1/tools%2",
                "/api/v1/tools%zz",
                "/api/v1/tools%\u0661\u0661",
                "/api/v1/tools/%ff",
                "/api/v1/tools/%c0%ae%c0%ae",
                "/api/v1/tools/%ed%a0%80",
                "/api/v1/tools/\u00e9",
                "/api/v1/tools#here",
                "/api/v1/to ols",
                "/api/v1/tools?a=1&a=2",
                "/api/v1/tools?a=%ff",
            })
    void whatTwoProgramsMightReadDifferentlyIsRefused(String target) {
        MeshException refused = catchThrowableOfType(MeshException.class, () -> RestPath.of(target));

        assertThat(refused).as(target).isNotNull();
        assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void aRouteThatDoesNotSayWhoMayUseItDoesNotStart() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Route.get("/api/v1/secrets")
                        .summary("Lists secrets")
                        .answers(Thing.class)
                        .handle(call -> RestResponse.noContent()))
                .withMessageContaining("GET /api/v1/secrets does not say who may use it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Route.get("/api/v1/secrets").needs(" "));
    }

    @Test
    void routesThatClashDoNotStart() {
        Route one = route("/api/v1/things/{id}");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RouteTable(List.of(one, route("/api/v1/things/{id}"))))
                .withMessageContaining("two routes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RouteTable(List.of(one, route("/api/v1/things/{name}"))))
                .withMessageContaining("variables");
    }

    @Test
    void theFixedWordIsTriedBeforeTheVariable() {
        RouteTable table = new RouteTable(
                List.of(route("/api/v1/things/{id}"), route("/api/v1/things/all"), route("/api/v1/things/{id}/parts")));

        assertThat(at(table, "/api/v1/things/all").variables()).isEmpty();
        assertThat(at(table, "/api/v1/things/any").variables()).isEqualTo(Map.of("id", "any"));
        assertThat(at(table, "/api/v1/things/all/parts").variables()).isEqualTo(Map.of("id", "all"));
        assertThat(table.at(RestPath.of("/api/v1/things").segments())).isEmpty();
    }

    private record Thing(String name) {}

    private static RouteTable.Place at(RouteTable table, String path) {
        return table.at(RestPath.of(path).segments()).orElseThrow();
    }

    private static Route route(String path) {
        return Route.get(path)
                .needs("things:read")
                .summary("Shows it")
                .answers(Thing.class)
                .handle(call -> RestResponse.noContent());
    }
}
