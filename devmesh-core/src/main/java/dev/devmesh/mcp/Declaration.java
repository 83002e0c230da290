package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.content.ContentForm;
import java.util.Set;
import tools.jackson.core.JsonGenerator;

/**
 * What a server says of itself to a client that asks first, by {@code server/discover} or by {@code initialize}.
 *
 * @param features what is served; looked at each time
 */
record Declaration(ServerInfo info, Set<Feature> features) {

    /** Writes the members of the result of {@code initialize} for a client of this revision. */
    void writeInitialized(JsonGenerator out, Revision revision) {
        out.writeStringProperty("protocolVersion", revision.date());
        writeCapabilities(out, revision);
        out.writeObjectPropertyStart("serverInfo");
        RevisionShape.of(revision)
                .members(Part.IMPLEMENTATION, info::writeMembers)
                .writeTo(out);
        out.writeEndObject();
        writeInstructions(out);
    }

    /** Writes what can be asked for. Extensions are of the stateless revision. */
    void writeCapabilities(JsonGenerator out, Revision revision) {
        out.writeObjectPropertyStart("capabilities");
        write(out, false);
        if (!revision.hasSessions() && features.stream().anyMatch(Feature::isExtension)) {
            out.writeObjectPropertyStart("extensions");
            write(out, true);
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    /** Writes how a language model best uses the server, if there is something to say. */
    void writeInstructions(JsonGenerator out) {
        ContentForm.text(out, "instructions", info.instructions());
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
