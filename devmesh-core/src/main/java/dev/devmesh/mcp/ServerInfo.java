package dev.devmesh.mcp;

import dev.devmesh.content.ContentForm;
import dev.devmesh.json.JsonWritable;
import tools.jackson.core.JsonGenerator;

/**
 * What clients are told of a server ("Implementation" in MCP).
 *
 * @param name for programs
 * @param version of the application that serves the tools
 * @param title for people, or empty
 * @param instructions how a language model best uses the server, or empty
 */
public record ServerInfo(String name, String version, String title, String instructions) implements JsonWritable {

    /** Checks that there is a name and a version. */
    public ServerInfo {
        if (name.isBlank() || version.isBlank()) {
            throw new IllegalArgumentException("a server needs a name and a version");
        }
    }

    @Override
    public void writeTo(JsonGenerator out) {
        out.writeStartObject();
        writeMembers(out);
        out.writeEndObject();
    }

    void writeMembers(JsonGenerator out) {
        out.writeStringProperty("name", name);
        out.writeStringProperty("version", version);
        ContentForm.text(out, "title", title);
    }
}
