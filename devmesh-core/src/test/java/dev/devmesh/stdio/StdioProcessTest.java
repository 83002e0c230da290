package dev.devmesh.stdio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.json.Json;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A program that serves its standard streams, as a client starts it. */
@Timeout(60)
class StdioProcessTest {

    /** What an embedder writes. */
    static final class Program {

        private Program() {}

        public static void main(String[] arguments) throws Exception {
            DevMesh mesh = DevMesh.builder()
                    .tool(Tool.named("noisy").handle(call -> {
                        System.out.println("noise");
                        return "read " + System.in.read();
                    }))
                    .build();
            StdioServer.of(mesh).run();
            System.out.println("after");
        }
    }

    @Test
    void whatAToolPrintsGoesToStandardErrorAndStandardInputIsNotItsToRead() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName())
                .start();
        try (OutputStream in = process.getOutputStream()) {
            in.write((StdioPeer.callOf(1, "noisy") + "\n" + StdioPeer.callOf(2, "noisy") + "\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        List<String> out = lines(process.getInputStream().readAllBytes());
        List<String> err = lines(process.getErrorStream().readAllBytes());

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s", err).isZero();
        assertThat(out).hasSize(3).last().isEqualTo("after");
        assertThat(out.subList(0, 2))
                .allSatisfy(line -> assertThat(StdioPeer.text(Json.parse(line))).isEqualTo("read -1"));
        assertThat(err).contains("noise");
    }

    private static List<String> lines(byte[] text) throws IOException {
        return new String(text, StandardCharsets.UTF_8).lines().toList();
    }
}
