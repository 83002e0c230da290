package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever credential is shown wherever, and however wrong it is: nothing that comes back has it, not even a part that could be used. */
class CredentialsInAnswersTest {

    private static final InMemoryStore STORE = InMemoryStore.create();
    private static final Principal ROOT = Principal.administrator(Tenant.single(), "root");
    private static final Map<String, String> SHOWN = new LinkedHashMap<>();

    /** As far as the end of the head. */
    private static final Pattern LENGTH = Pattern.compile("(?is)^.*?content-length: (\\d+)\\r\\n.*?\\r\\n\\r\\n");

    private static DevMesh mesh;
    private static MeshServer server;

    @BeforeAll
    static void open() {
        mesh = DevMesh.builder()
                .failedAuthentications(0)
                .store(STORE)
                .tool(Tool.named("add").nonBlocking().handle(call -> "3"))
                .build();
        server = MeshServer.of(mesh).port(0).metrics(() -> "# nothing\n").start();
        ApiKeys keys = mesh.keys();
        NewKey expired = keys.create(
                ROOT, KeySpec.named("expired").scopes("contexts:read").expiresIn(Duration.ofMillis(1)));
        NewKey revoked = keys.create(ROOT, KeySpec.named("revoked").scopes("contexts:read"));
        keys.revoke(ROOT, revoked.key().id());
        String good =
                keys.create(ROOT, KeySpec.named("good").scopes("contexts:read")).secret();
        SHOWN.put("expired", expired.secret());
        SHOWN.put("revoked", revoked.secret());
        SHOWN.put("unknown", keys.newSecret());
        SHOWN.put("with too few scopes", good);
        SHOWN.put("with another check digit", good.substring(0, good.length() - 1) + (good.endsWith("0") ? "1" : "0"));
        SHOWN.put("cut off", good.substring(0, good.length() - 8));
        SHOWN.put("of the operator's own", "op" + keys.newSecret().substring(9));
        SHOWN.put("a token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYWxsb3J5In0.c2lnbmF0dXJlc2lnbmF0dXJl");
        SHOWN.put(
                "a refresh token",
                "dmr_" + keys.newSecret().substring(9).repeat(2).substring(0, 43));
        SHOWN.put("with markup", "<script>" + keys.newSecret().substring(9) + "</script>");
        SHOWN.put("long", keys.newSecret().substring(9).repeat(20));
    }

    @AfterAll
    static void close() {
        server.close();
        mesh.close();
        STORE.close();
    }

    @Test
    void nothingThatComesBackHasTheCredential() throws IOException {
        int looked = 0;
        for (Map.Entry<String, String> credential : SHOWN.entrySet()) {
            for (String request : requests()) {
                for (String header : List.of("X-API-Key: %s", "Authorization: Bearer %s", "Authorization: Basic %s")) {
                    String answer = answer(request, header.formatted(credential.getValue()));

                    assertThat(answer)
                            .as("%s, %s", request, credential.getKey())
                            .startsWith("HTTP/1.1 ");
                    assertThat(answer.contains(credential.getValue()))
                            .as("a credential that is %s is in the answer to %s", credential.getKey(), request)
                            .isFalse();
                    assertThat(answer.contains(middle(credential.getValue())))
                            .as(
                                    "a part of a credential that is %s is in the answer to %s",
                                    credential.getKey(), request)
                            .isFalse();
                    looked++;
                }
            }
        }
        assertThat(looked).isEqualTo(SHOWN.size() * requests().size() * 3);
    }

    /** Enough of it to try the rest. */
    private static String middle(String credential) {
        return credential.substring(credential.length() / 3, credential.length() / 3 + 12);
    }

    private static List<String> requests() {
        return List.of(
                "GET /api/v1/contexts HTTP/1.1",
                "GET /api/v1/audit HTTP/1.1",
                "DELETE /api/v1/contexts/ctx_1 HTTP/1.1",
                "GET /api/v1/nowhere HTTP/1.1",
                "POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream"
                        + "\r\nContent-Length: 2",
                "GET /mcp HTTP/1.1\r\nAccept: text/event-stream",
                "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
                        + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "GET /metrics HTTP/1.1",
                "GET /health HTTP/1.1",
                "GET /nowhere HTTP/1.1",
                "TRACE / HTTP/1.1");
    }

    private static String answer(String request, String credential) throws IOException {
        try (Socket socket = new Socket(server.uri().getHost(), server.uri().getPort())) {
            socket.setSoTimeout(10_000);
            boolean upgrades = request.contains("Upgrade");
            String body = request.contains("Content-Length: 2") ? "{}" : "";
            socket.getOutputStream()
                    .write((request + "\r\nHost: " + server.uri().getAuthority() + "\r\nConnection: "
                                    + (upgrades ? "Upgrade" : "close") + "\r\n" + credential + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            StringBuilder answer = new StringBuilder();
            byte[] some = new byte[8_192];
            int read;
            while (!isComplete(answer) && (read = socket.getInputStream().read(some)) >= 0) {
                answer.append(new String(some, 0, read, StandardCharsets.ISO_8859_1));
            }
            return answer.toString();
        }
    }

    /** A connection may stay open behind its answer. */
    private static boolean isComplete(CharSequence answer) {
        Matcher length = LENGTH.matcher(answer);
        return length.find() && answer.length() >= length.end() + Integer.parseInt(length.group(1));
    }
}
