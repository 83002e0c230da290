package dev.devmesh.launcher.server;

import dev.devmesh.netty.Surface;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the server prints when it has started: where it is, what it keeps, and lines to paste that really work. */
public final class Banner {

    private static final String REQUEST =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{"
                    + "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                    + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";

    private Banner() {}

    /**
     * The text for this server.
     *
     * @param terminal whether a person reads it: only then a key that was just made is part of it
     */
    public static String of(Server server, boolean terminal) {
        return text(
                server.version(), server.mcpUri(), server.others(), server.isDurable(), server.adminKey(), terminal);
    }

    static String text(
            String version,
            URI mcp,
            Map<Surface, URI> others,
            boolean durable,
            Optional<AdminKey> key,
            boolean terminal) {
        StringBuilder text = new StringBuilder();
        text.append("DevMesh ")
                .append(version)
                .append(" serves MCP at ")
                .append(mcp)
                .append('\n');
        if (!others.isEmpty()) {
            String list = others.entrySet().stream()
                    .map(other -> other.getKey().name().toLowerCase(Locale.ROOT) + " at " + other.getValue())
                    .collect(Collectors.joining(", "));
            text.append("Besides: ").append(list).append('\n');
        }
        text.append(
                durable
                        ? "\nIn PostgreSQL: contexts, keys, sessions, tasks and jobs. Rate limits are counted in this process.\n"
                        : "\nIn memory: contexts, keys and jobs live in this process and are gone when it stops.\n");
        if (key.isEmpty()) {
            text.append("Development: everyone on this machine is administrator, without a key or a rate limit.\n");
        } else {
            credential(text, key.get(), terminal);
        }
        boolean keyed = key.isPresent();
        text.append("\nClaude Code:\n  claude mcp add --transport http devmesh ")
                .append(mcp);
        text.append(keyed ? " --header \"X-API-Key: $DEVMESH_API_KEY\"\n" : "\n");
        text.append("Other MCP clients:\n  {\"mcpServers\":{\"devmesh\":{\"type\":\"http\",\"url\":\"")
                .append(mcp);
        text.append(keyed ? "\",\"headers\":{\"X-API-Key\":\"${DEVMESH_API_KEY}\"}}}}\n" : "\"}}}\n");
        text.append("By hand, the list of tools:\n  curl -s ").append(mcp);
        text.append(" -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream'");
        text.append(" -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/list'");
        text.append(keyed ? " -H \"X-API-Key: $DEVMESH_API_KEY\"" : "");
        text.append(" -d '").append(REQUEST).append("'\n\nStop with Ctrl-C.\n");
        return text.toString();
    }

    private static void credential(StringBuilder text, AdminKey key, boolean terminal) {
        text.append("Every request needs an API key. ");
        if (key.isElsewhere()) {
            text.append("The database has an administrator's; the server that made it keeps it in its data_dir.\n");
            text.append("  export DEVMESH_API_KEY=...   # lost? start with another one in DEVMESH_ADMIN_KEY\n");
            return;
        }
        if (key.file().isEmpty()) {
            text.append("The administrator's is the one that auth.admin_key or DEVMESH_ADMIN_KEY gives:\n");
            text.append("  export DEVMESH_API_KEY=\"$DEVMESH_ADMIN_KEY\"\n");
            return;
        }
        Path file = key.file().get();
        text.append("The administrator's is in ").append(file).append(":\n");
        text.append("  export DEVMESH_API_KEY=\"$(cat ").append(quoted(file)).append(")\"\n");
        if (key.minted() && terminal) {
            text.append("It was made just now: ").append(key.secret().reveal()).append('\n');
        }
    }

    private static String quoted(Path file) {
        String name = file.toString();
        return name.matches("[A-Za-z0-9_./-]+") ? name : "'" + name.replace("'", "'\\''") + "'";
    }
}
