package dev.devmesh.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.DevMesh;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.hc.core5.util.VersionInfo;
import org.junit.jupiter.api.Test;

class OptionalDependencyTest {

    @Test
    void withoutTheHttpClientAMeshRunsAndTheErrorNamesTheLineToAdd() throws Exception {
        URL[] others = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("httpclient5") && !entry.contains("httpcore5"))
                .map(OptionalDependencyTest::url)
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(others, ClassLoader.getPlatformClassLoader())) {
            Object builder = loader.loadClass(DevMesh.class.getName())
                    .getMethod("builder")
                    .invoke(null);
            Object mesh = builder.getClass().getMethod("build").invoke(builder);
            mesh.getClass().getMethod("start").invoke(mesh);

            assertThatThrownBy(() -> mesh.getClass().getMethod("outbound").invoke(mesh))
                    .isInstanceOf(InvocationTargetException.class)
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Add the dependency " + OutboundClientBuilder.DEPENDENCY);
            mesh.getClass().getMethod("close").invoke(mesh);
        }
    }

    @Test
    void theLineToAddHasTheVersionThatIsTested() {
        assertThat(OutboundClientBuilder.DEPENDENCY)
                .endsWith(":"
                        + VersionInfo.loadVersionInfo(
                                        "org.apache.hc.client5", getClass().getClassLoader())
                                .getRelease());
    }

    @Test
    void theMeshMakesItsClientOnceAndClosesIt() {
        OutboundClient client;
        try (DevMesh mesh =
                DevMesh.builder().outboundAllow(OutboundAllow.of("localhost")).build()) {
            client = mesh.outbound();
            assertThat(mesh.outbound()).isSameAs(client);
        }
        assertThatThrownBy(() -> client.send(OutboundRequest.get("https://a/")))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theMeshDoesNotCloseAClientThatItWasGiven() {
        try (OutboundClient given = OutboundClient.builder().build()) {
            DevMesh mesh = DevMesh.builder().outbound(given).build();
            assertThat(mesh.outbound()).isSameAs(given);
            mesh.close();

            assertThat(SsrfTest.refusal(given, OutboundRequest.get("https://127.0.0.1/"))
                            .getMessage())
                    .contains("public");
            assertThatThrownBy(mesh::outbound).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> DevMesh.builder()
                            .outbound(given)
                            .outboundAllow(OutboundAllow.none())
                            .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("outboundAllow(...)");
        }
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
