package dev.devmesh.netty.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.DevMesh;
import dev.devmesh.client.McpClientException;
import dev.devmesh.client.RemoteTool;
import dev.devmesh.tool.Tool;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

@TestMethodOrder(MethodOrderer.MethodName.class)
class MeshExtensionTest {

    private record City(String city) {}

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(
            Tool.of("forecast", "Weather of a city", City.class, (call, in) -> "fine in " + in.city()));

    @RegisterExtension
    final MeshExtension anew = MeshExtension.with(
            DevMesh.builder().tool(Tool.named("ping").nonBlocking().handle(call -> "pong")));

    private static int port;

    @Test
    void answersForOslo() {
        assertThat(mesh.client().call("forecast", Map.of("city", "Oslo")).text())
                .contains("Oslo");
        assertThat(mesh.client().tools()).extracting(RemoteTool::name).containsExactly("forecast");
        assertThat(mesh.mesh().isReady()).isTrue();
    }

    @Test
    void inAStaticFieldItRunsForAllTestsAndElseForEach1() {
        port = mesh.server().port();
        assertThat(anew.client().call("ping").text()).isEqualTo("pong");
    }

    @Test
    void inAStaticFieldItRunsForAllTestsAndElseForEach2() {
        assertThat(mesh.server().port()).isEqualTo(port);
        assertThat(anew.client().call("ping").text()).isEqualTo("pong");
    }

    @Test
    void anErrorOfTheMeshIsAnException() {
        assertThatThrownBy(() -> mesh.client().call("forecst", Map.of()))
                .isInstanceOf(McpClientException.class)
                .hasMessageContaining("forecast");
    }

    @Test
    void aBufferThatIsNotReleasedFailsTheTest() {
        leak();
        assertThatThrownBy(BufferLeaks::assertNone)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("buffers were not released");
        BufferLeaks.assertNone();
    }

    private static void leak() {
        ByteBuf forgotten = PooledByteBufAllocator.DEFAULT.buffer(64);
        assertThat(forgotten.writeByte(1).isReadable()).isTrue();
    }
}
