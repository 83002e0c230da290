package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who tries credentials, on the wire. */
class FailedCredentialsTest {

    private static final AtomicInteger LOOK_UPS = new AtomicInteger();

    private record Directory(boolean blocking) implements Authenticator {

        @Override
        public Optional<Principal> authenticate(Credentials credentials) {
            if (!credentials.isEmpty()) {
                LOOK_UPS.incrementAndGet();
            }
            return credentials.apiKey().equals("good")
                    ? Optional.of(Principal.of(Tenant.single(), "ann", "tools"))
                    : Optional.empty();
        }
    }

    private static final Tool PING = Tool.named("ping").nonBlocking().handle(call -> "pong");

    @RegisterExtension
    static final MeshExtension inline = MeshExtension.with(
            DevMesh.builder().authenticator(new Directory(false)).tool(PING));

    @RegisterExtension
    static final MeshExtension hopping = MeshExtension.with(
            DevMesh.builder().authenticator(new Directory(true)).tool(PING));

    private static String by(String key, String request) {
        return request.replaceFirst("\r\n", "\r\nX-API-Key: " + key + "\r\n");
    }

    @Test
    void furtherOnesAreRefusedWithoutALookUpWhileWhoIsKnownGoesOn() throws IOException {
        for (MeshExtension mesh : new MeshExtension[] {inline, hopping}) {
            try (RawConnection connection = new RawConnection(mesh.server())) {
                assertThat(connection
                                .send(by("good", Requests.call(1, "ping", "{}")))
                                .read()
                                .status())
                        .isEqualTo(200);
                LOOK_UPS.set(0);
                for (int i = 0; i < 10; i++) {
                    String request = i % 2 == 0 ? Requests.call(1, "ping", "{}") : Requests.get("/api/v1/tools");
                    assertThat(connection.send(by("wrong-" + i, request)).read().status())
                            .isEqualTo(401);
                }
                assertThat(LOOK_UPS).hasValue(10);

                for (String request : new String[] {Requests.call(1, "ping", "{}"), Requests.get("/api/v1/tools")}) {
                    RawConnection.Answer refused =
                            connection.send(by("wrong", request)).read();
                    assertThat(refused.status()).isEqualTo(429);
                    assertThat(refused.header("retry-after")).isNotNull();
                    assertThat(Long.parseLong(refused.header("retry-after"))).isBetween(1L, 6L);
                    assertThat(new String(refused.body())).contains("TOO_MANY_FAILURES");
                }
                assertThat(LOOK_UPS).hasValue(10);
                assertThat(connection.send(Requests.get("/api/v1/tools")).read().status())
                        .as("who shows nothing is told to show something")
                        .isEqualTo(401);
                assertThat(connection
                                .send(by("good", Requests.call(1, "ping", "{}")))
                                .read()
                                .status())
                        .isEqualTo(200);
            }
        }
    }
}
