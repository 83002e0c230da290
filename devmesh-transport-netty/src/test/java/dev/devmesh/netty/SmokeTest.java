package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SmokeTest {
    record Echo(String message) {}

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(Tool.of("echo", "Echoes", Echo.class, (call, in) -> in.message()));

    @Test
    void calls() {
        assertThat(mesh.client().call("echo", Map.of("message", "hi")).text()).isEqualTo("hi");
        assertThat(mesh.client().list()).hasSize(1);
    }
}
