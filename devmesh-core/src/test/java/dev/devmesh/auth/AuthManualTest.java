package dev.devmesh.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code docs/auth.md} names every permission and every built-in role. */
final class AuthManualTest {

    private static final Path PAGE = Path.of(System.getProperty("devmesh.root", ".."), "docs", "auth.md");

    @Test
    void theManualNamesEveryPermissionAndRole() throws IOException {
        String page = Files.readString(PAGE);

        assertThat(Permissions.all()).allSatisfy(known -> assertThat(page).contains("`" + known.name() + "`"));
        for (BuiltInRole role : BuiltInRole.values()) {
            assertThat(page).contains("| `" + role.roleName() + "` |");
        }
    }
}
