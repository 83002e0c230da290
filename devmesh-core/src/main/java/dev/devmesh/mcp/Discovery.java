package dev.devmesh.mcp;

import dev.devmesh.content.ContentForm;
import java.util.Set;
import tools.jackson.core.JsonGenerator;

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
            write(out, false);
            if (features.stream().anyMatch(Feature::isExtension)) {
                out.writeObjectPropertyStart("extensions");
                write(out, true);
                out.writeEndObject();
            }
            out.writeEndObject();
            ContentForm.text(out, "instructions", info.instructions());
        });
        return McpCall.DONE;
    }

    private void write(JsonGenerator out, boolean extensions) {
        for (Feature feature : features) {
            if (feature.isExtension() == extensions) {
                out.writeObjectPropertyStart(feature.wireName());
                feature.settings().forEach(setting -> out.writeBooleanProperty(setting, true));
                out.writeEndObject();
            }
        }
    }
}
