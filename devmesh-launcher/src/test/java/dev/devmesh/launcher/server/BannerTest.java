package dev.devmesh.launcher.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.auth.Secret;
import dev.devmesh.netty.Surface;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BannerTest {

    private static final URI MCP = URI.create("http://127.0.0.1:8080/mcp");
    private static final Map<Surface, URI> OTHERS = Map.of(Surface.API, URI.create("http://127.0.0.1:8081"));
    private static final Secret SECRET = new Secret("dmk_live_secret");

    @Test
    void fitsOnAScreenInPlainText() {
        assertThat(Banner.text("1.0", MCP, OTHERS, false, key("/home/me/.devmesh/admin-key", true), true)
                        .lines())
                .hasSizeLessThanOrEqualTo(25)
                .allMatch(line -> line.chars().allMatch(c -> c >= ' ' && c <= '~'));
    }

    @Test
    void aKeyIsShownOnlyToAPersonAndOnlyWhenItIsNew() {
        assertThat(Banner.text("1.0", MCP, OTHERS, false, key("/k", true), true))
                .contains("It was made just now: dmk_live_secret");
        assertThat(Banner.text("1.0", MCP, OTHERS, false, key("/k", true), false))
                .doesNotContain("dmk_");
        assertThat(Banner.text("1.0", MCP, OTHERS, false, key("/k", false), true))
                .doesNotContain("dmk_");
        assertThat(Banner.text(
                        "1.0", MCP, OTHERS, false, Optional.of(new AdminKey(SECRET, Optional.empty(), false)), true))
                .contains("export DEVMESH_API_KEY=\"$DEVMESH_ADMIN_KEY\"")
                .doesNotContain("dmk_");
    }

    @Test
    void theLinesToPasteCarryTheKeyWithoutShowingIt() {
        assertThat(Banner.text("1.0", MCP, OTHERS, false, key("/a path/it's/admin-key", false), true))
                .contains("  export DEVMESH_API_KEY=\"$(cat '/a path/it'\\''s/admin-key')\"\n")
                .contains("  claude mcp add --transport http devmesh http://127.0.0.1:8080/mcp"
                        + " --header \"X-API-Key: $DEVMESH_API_KEY\"\n")
                .contains("  {\"mcpServers\":{\"devmesh\":{\"type\":\"http\",\"url\":\"http://127.0.0.1:8080/mcp\","
                        + "\"headers\":{\"X-API-Key\":\"${DEVMESH_API_KEY}\"}}}}\n");
    }

    @Test
    void withoutKeysTheLinesAreShorter() {
        assertThat(Banner.text("1.0", MCP, OTHERS, false, Optional.empty(), true))
                .contains("  claude mcp add --transport http devmesh http://127.0.0.1:8080/mcp\n")
                .contains("{\"mcpServers\":{\"devmesh\":{\"type\":\"http\",\"url\":\"http://127.0.0.1:8080/mcp\"}}}\n")
                .contains("Besides: api at http://127.0.0.1:8081\n")
                .contains("everyone on this machine is administrator")
                .contains("In memory: contexts, keys and jobs live in this process and are gone when it stops.")
                .doesNotContain("API_KEY");
    }

    @Test
    void whereThereIsADatabaseTheBannerSaysWhatOutlivesTheProcess() {
        assertThat(Banner.text("1.0", MCP, OTHERS, true, key("/k", false), true))
                .contains("In PostgreSQL: contexts, keys, sessions, tasks and jobs.")
                .doesNotContain("gone when it stops");
    }

    @Test
    void aKeyThatAnotherServerMadeIsThereWhereThatServerKeepsIt() {
        assertThat(Banner.text("1.0", MCP, OTHERS, true, Optional.of(AdminKey.elsewhere()), true))
                .contains("The database has an administrator's", "data_dir", "DEVMESH_ADMIN_KEY")
                .doesNotContain("dmk_", "$(cat");
    }

    private static Optional<AdminKey> key(String file, boolean minted) {
        return Optional.of(new AdminKey(SECRET, Optional.of(Path.of(file)), minted));
    }
}
