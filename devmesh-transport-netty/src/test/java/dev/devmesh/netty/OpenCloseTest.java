package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.tool.Tool;
import org.junit.jupiter.api.Test;

class OpenCloseTest {

    private static final int CYCLES = 100;

    private static void openCallClose() throws Exception {
        DevMesh mesh = DevMesh.builder()
                .tool(Tool.named("blocking").handle(call -> "pong"))
                .tool(Tool.named("nonBlocking").nonBlocking().handle(call -> "pong"))
                .build();
        try (MeshServer server = MeshServer.of(mesh).port(0).start();
                var one = new RawConnection(server);
                var two = new RawConnection(server)) {
            assertThat(Requests.text(
                            one.send(Requests.call(1, "blocking", "{}")).read()))
                    .isEqualTo("pong");
            assertThat(Requests.text(
                            two.send(Requests.call(2, "nonBlocking", "{}")).read()))
                    .isEqualTo("pong");
        }
    }

    @Test
    void aHundredOpenAndCloseCyclesLeaveNothingBehind() throws Exception {
        Resources.assumeCountable();
        Resources early = Resources.now();
        for (int cycle = 1; cycle <= CYCLES; cycle++) {
            openCallClose();
            if (cycle == 10) {
                early = Resources.now();
            }
        }
        Resources late = Resources.now();

        assertThat(late.threads()).isLessThanOrEqualTo(early.threads() + 2);
        assertThat(late.files()).isBetween(early.files() - 2, early.files() + 2);
        assertThat(late.directMemory()).isLessThanOrEqualTo(early.directMemory());
    }
}
