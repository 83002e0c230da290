package dev.devmesh.launcher.client;

import dev.devmesh.netty.MeshServer;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpClientTransport;

final class OfficialClientOverHttpTest extends OfficialClientContract {

    private final MeshServer server = MeshServer.of(SampleMesh.create()).port(0).start();

    @Override
    McpClientTransport transport() {
        return HttpClientStreamableHttpTransport.builder(server.uri().toString())
                .endpoint("/mcp")
                .build();
    }

    @Override
    void stop() {
        server.close();
    }
}
