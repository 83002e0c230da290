package dev.devmesh.mcp;

import dev.devmesh.content.ContentForm;
import java.util.Set;

/** {@code server/discover}: which revisions are served, and what can be asked for. */
final class Discovery implements McpMethod {

    private final Declaration declaration;

    Discovery(ServerInfo info, Set<Feature> features) {
        this.declaration = new Declaration(info, features);
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        reply.completeCacheable(out -> {
            ContentForm.texts(out, "supportedVersions", McpEngine.REVISIONS);
            declaration.writeCapabilities(out, reply.revision());
            declaration.writeInstructions(out);
        });
        return McpCall.DONE;
    }
}
