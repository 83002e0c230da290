package dev.devmesh.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server that is a process of this machine and speaks through its standard input and output:
 * {@code ProcessTransport.of("npx", "some-server").environment("TOKEN", token)}.
 *
 * <p>The process is started with the first request, and again when it has ended. Closing the client closes its input, which tells
 * it to exit; after 2 s it is asked to terminate, after 2 s more it is killed, and with it what it started. The command is run as it
 * is, without a shell.
 *
 * <p>Immutable: each method returns another value.
 */
public final class ProcessTransport implements McpTransport {

    private static final Logger LOG = LoggerFactory.getLogger(ProcessTransport.class);

    private final List<String> command;
    private final Map<String, String> environment;
    private final Optional<Path> directory;
    private final Consumer<String> errors;

    private ProcessTransport(
            List<String> command, Map<String, String> environment, Optional<Path> directory, Consumer<String> errors) {
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
        this.directory = directory;
        this.errors = errors;
    }

    /**
     * The server that this command starts.
     *
     * @param command the program and its arguments
     * @throws IllegalArgumentException if the command is empty
     */
    public static ProcessTransport of(List<String> command) {
        if (command.isEmpty() || command.get(0).isBlank()) {
            throw new IllegalArgumentException("the command of a server must name a program");
        }
        String program = name(command.get(0));
        return new ProcessTransport(
                command,
                Map.of(),
                Optional.empty(),
                line -> LOG.info("{}: {}", program, McpClientException.quote(line)));
    }

    /** {@link #of(List)}. */
    public static ProcessTransport of(String... command) {
        return of(List.of(command));
    }

    /** One more variable of its environment, which otherwise is the one of this process. */
    public ProcessTransport environment(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(environment);
        more.put(name, value);
        return new ProcessTransport(command, more, directory, errors);
    }

    /** Where it runs; the directory of this process when not given. */
    public ProcessTransport directory(Path directory) {
        return new ProcessTransport(command, environment, Optional.of(directory), errors);
    }

    /**
     * Who hears what the server prints to its standard error, line by line and shortened, on a thread of the transport; the log of
     * this class at INFO when not given. A handler that is slow holds up the server.
     */
    public ProcessTransport onErrorLine(Consumer<String> handler) {
        return new ProcessTransport(command, environment, directory, handler);
    }

    /** The program. Its arguments are left out: one may be a credential. */
    @Override
    public String server() {
        return "process '" + name(command.get(0)) + "'";
    }

    private static String name(String program) {
        return program.substring(Math.max(program.lastIndexOf('/'), program.lastIndexOf('\\')) + 1);
    }

    @Override
    public Connection open(Receiver receiver, int maxMessageBytes) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        directory.ifPresent(path -> builder.directory(path.toFile()));
        return new ProcessConnection(builder.start(), receiver, errors, maxMessageBytes).begin();
    }
}
