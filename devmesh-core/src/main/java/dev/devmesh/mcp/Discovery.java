package dev.devmesh.mcp;

import dev.devmesh.content.ContentForm;
import java.util.Set;

/** {@code server/discover}: which revisions are served, and what can be asked for. */
final class Discovery implements McpMethod {

    private final ServerInfo info;
    private final Set<Feature> features;

    Discovery(ServerInfo info, Set<Feature> features) {
        this.info = info;
        this.features = features;
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        reply.completeCacheable(out -> {
            ContentForm.texts(out, "supportedVersions", McpEngine.REVISIONS);
            out.writeObjectPropertyStart("capabilities");
            Feature.write(out, features, false);
            if (features.stream().anyMatch(Feature::isExtension)) {
                out.writeObjectPropertyStart("extensions");
                Feature.write(out, features, true);
                out.writeEndObject();
            }
            out.writeEndObject();
            ContentForm.text(out, "instructions", info.instructions());
        });
        return McpCall.DONE;
    }
}
