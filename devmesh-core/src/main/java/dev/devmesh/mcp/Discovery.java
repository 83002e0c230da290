package dev.devmesh.mcp;

import dev.devmesh.content.ContentForm;

/** {@code server/discover}: which revisions are served, and what can be asked for. */
final class Discovery implements McpMethod {

    private final ServerInfo info;

    Discovery(ServerInfo info) {
        this.info = info;
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        reply.completeCacheable(out -> {
            ContentForm.texts(out, "supportedVersions", McpEngine.REVISIONS);
            out.writeObjectPropertyStart("capabilities");
            for (String capability : new String[] {"tools", "logging"}) {
                out.writeObjectPropertyStart(capability);
                out.writeEndObject();
            }
            out.writeObjectPropertyStart("extensions");
            out.writeObjectPropertyStart("io.modelcontextprotocol/tasks");
            out.writeEndObject();
            out.writeEndObject();
            out.writeEndObject();
            ContentForm.text(out, "instructions", info.instructions());
        });
        return McpCall.DONE;
    }
}
