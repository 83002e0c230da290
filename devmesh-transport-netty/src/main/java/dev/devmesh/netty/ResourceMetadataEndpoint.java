package dev.devmesh.netty;

import dev.devmesh.json.JsonWritable;
import dev.devmesh.token.ExternalIssuer;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/**
 * Tells anybody which authorization servers give tokens for what is at one path (RFC 9728). There is one only where the mesh takes tokens
 * of others.
 *
 * @param challenges which name this document
 * @param called what people call the server
 * @param resource the path of what is described; empty for all of the server
 */
record ResourceMetadataEndpoint(Challenges challenges, String called, String resource) implements OpenEndpoint {

    @Override
    public String path() {
        return Challenges.METADATA + resource;
    }

    @Override
    public void serve(HttpExchange exchange) {
        String url = challenges.resource(exchange, resource);
        JsonWritable document = out -> write(out, url);
        exchange.respond(Answers.json(exchange.connection().channel().alloc(), 200, document));
    }

    private void write(JsonGenerator out, String url) {
        out.writeStartObject();
        out.writeStringProperty("resource", url);
        array(
                out,
                "authorization_servers",
                challenges.issuers().stream().map(ExternalIssuer::issuer).toList());
        array(out, "scopes_supported", Challenges.SCOPES);
        array(out, "bearer_methods_supported", List.of("header"));
        out.writeStringProperty("resource_name", called);
        out.writeEndObject();
    }

    private static void array(JsonGenerator out, String name, List<String> values) {
        out.writeArrayPropertyStart(name);
        values.forEach(out::writeString);
        out.writeEndArray();
    }
}
