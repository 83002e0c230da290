package dev.devmesh.launcher.client;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program of this class path, in a process that a client starts and speaks to over its standard streams. */
final class ChildProcess {

    private ChildProcess() {}

    /** Not started yet; {@code home} is its user's home directory. */
    static StdioClientTransport of(Path home, Class<?> program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "-Xlog:disable",
                "-Xlog:all=warning:stderr",
                "-Duser.home=" + home,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        return new StdioClientTransport(
                ServerParameters.builder(Path.of(System.getProperty("java.home"), "bin", "java")
                                .toString())
                        .args(command)
                        .build(),
                McpJsonDefaults.getMapper());
    }
}
