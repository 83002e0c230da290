package dev.devmesh.launcher.client;

import io.modelcontextprotocol.spec.McpClientTransport;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow") // a process for each test
final class OfficialClientOverStdioTest extends OfficialClientContract {

    @TempDir
    Path home;

    @Override
    McpClientTransport transport() {
        return ChildProcess.of(home, SampleMeshOverStdio.class);
    }
}
