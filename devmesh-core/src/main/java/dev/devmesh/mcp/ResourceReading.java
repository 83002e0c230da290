package dev.devmesh.mcp;

import dev.devmesh.content.ContentForm;
import dev.devmesh.resource.Reading;
import dev.devmesh.resource.Resource;
import dev.devmesh.resource.ResourceInvoker;
import dev.devmesh.resource.ResourceTemplate;
import java.time.Duration;

/** {@code resources/read}. */
final class ResourceReading implements McpMethod {

    private static final byte[] UNKNOWN = new byte[0];

    private final ResourceInvoker invoker;
    private final Listing<Resource> resources;
    private final Listing<ResourceTemplate> templates;
    private final CallServing calls;

    ResourceReading(
            ResourceInvoker invoker,
            Listing<Resource> resources,
            Listing<ResourceTemplate> templates,
            CallServing calls) {
        this.invoker = invoker;
        this.resources = resources;
        this.templates = templates;
        this.calls = calls;
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        String uri = request.text("uri");
        if (request.headers() != null) {
            request.headers().requireName(uri, "params.uri");
        }
        // what was answered to a question is nobody else's, and the next reading may ask anew
        boolean keepable =
                !request.params().has("inputResponses") && !request.params().has("requestState");
        CallServing.Wording<Reading> wording = (answer, reading) -> write(answer, reading, keepable);
        return calls.serve(request, reply, () -> definition(uri), caller -> invoker.read(uri, caller), wording);
    }

    private byte[] definition(String uri) {
        return invoker.registry()
                .find(uri)
                .map(resources::definition)
                .or(() -> invoker.registry().templateOf(uri).map(templates::definition))
                .orElse(UNKNOWN);
    }

    private static void write(Reply reply, Reading reading, boolean keepable) {
        Wire.Members members = out -> {
            out.writeArrayPropertyStart("contents");
            reading.contents().forEach(contents -> ContentForm.write(out, contents));
            out.writeEndArray();
        };
        reply.completeCacheable(
                RevisionShape.of(reply.revision()).members(Part.READING, members),
                keepable ? reading.cacheFor() : Duration.ZERO);
    }
}
