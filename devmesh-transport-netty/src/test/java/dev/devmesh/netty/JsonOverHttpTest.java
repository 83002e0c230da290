package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.netty.testing.MeshExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JSONTestSuite as bodies of requests; what the reader makes of it is tested in core, which keeps the data. */
class JsonOverHttpTest {

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with();

    @ParameterizedTest
    @ValueSource(strings = {"n_", "y_", "i_"})
    void everyBodyIsAnsweredAndNoneIsAFaultOfTheServer(String kind) throws IOException {
        Path data = Path.of(
                System.getProperty("devmesh.root"),
                "devmesh-core/src/test/resources/dev/devmesh/json/JSONTestSuite.txt");
        try (Stream<String> lines = Files.lines(data)) {
            for (String line : lines.filter(one -> one.startsWith(kind)).toList()) {
                String[] words = line.split(" ", 2);
                var answer = post(words.length < 2 ? new byte[0] : bytes(words[1]));

                assertThat(answer.status()).as(words[0]).isEqualTo(400);
                int code = answer.json().at("/error/code").asInt(0);
                if (kind.equals("n_")) {
                    assertThat(code).as(words[0]).isEqualTo(-32700);
                } else {
                    assertThat(code).as(words[0]).isIn(-32700, -32600); // read, but no request
                }
                assertThat(answer.text()).as(words[0]).doesNotContain("Exception", "jackson", "dev.devmesh");
            }
        }
    }

    private static RawConnection.Answer post(byte[] body) throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            String head = Requests.head("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/list\r\n")
                    + "Content-Length: " + body.length + "\r\n\r\n";
            return connection
                    .send(head.getBytes(StandardCharsets.US_ASCII))
                    .send(body)
                    .read();
        }
    }

    private static byte[] bytes(String coded) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String piece : coded.split(",")) {
            String[] parts = piece.split("\\*");
            byte[] once = Base64.getDecoder().decode(parts[0]);
            for (int n = parts.length > 1 ? Integer.parseInt(parts[1]) : 1; n > 0; n--) {
                bytes.writeBytes(once);
            }
        }
        return bytes.toByteArray();
    }
}
