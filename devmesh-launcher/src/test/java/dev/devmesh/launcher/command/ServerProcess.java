package dev.devmesh.launcher.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** The program in a process of its own, as its users run it. Closing it kills what is left. */
final class ServerProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern ADDRESS = Pattern.compile("serves MCP at (\\S+)");

    private final Process process;
    private final StringBuffer out = new StringBuffer();
    private final StringBuffer err = new StringBuffer();
    private final List<Thread> readers = new ArrayList<>();

    private ServerProcess(Process process) {
        this.process = process;
        readers.add(collect(process.getInputStream(), out));
        readers.add(collect(process.getErrorStream(), err));
    }

    /** Starts {@code devmesh} with these arguments, in this directory, which is also its user's home. */
    static ServerProcess start(Path home, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.home=" + home,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                // where the packaged jar is tested, that one
                System.getProperty("devmesh.jar", System.getProperty("java.class.path")),
                "dev.devmesh.launcher.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start());
    }

    private static Thread collect(InputStream stream, StringBuffer text) {
        Thread reader = new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                String line;
                while ((line = lines.readLine()) != null) {
                    text.append(line).append('\n');
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        reader.setDaemon(true);
        reader.start();
        return reader;
    }

    /** Writes a line to its standard input. */
    void write(String line) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    /** Ends its standard input. */
    void endInput() throws IOException {
        process.getOutputStream().close();
    }

    /** Where it serves; waits until it does. */
    URI awaitAddress() {
        Awaitility.await()
                .atMost(PATIENCE)
                .failFast("the server ended: " + err, () -> !process.isAlive())
                .until(() -> out.toString().contains("Stop with Ctrl-C."));
        Matcher address = ADDRESS.matcher(out);
        if (!address.find()) {
            throw new AssertionError("no address in: " + out);
        }
        return URI.create(address.group(1));
    }

    /** Sends SIGTERM. */
    void terminate() {
        // Process.destroy would close the streams as well, and the last words with them.
        process.toHandle().destroy();
    }

    /** Ends it without a word, as {@code kill -9} does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The exit code; waits for the end. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running; said: " + out + err);
        }
        for (Thread reader : readers) {
            reader.join(PATIENCE.toMillis());
        }
        return process.exitValue();
    }

    String out() {
        return out.toString();
    }

    String err() {
        return err.toString();
    }

    /** What it said last on standard error. */
    String lastLine() {
        return err().lines().reduce((earlier, later) -> later).orElse("");
    }

    /** Ends it, and keeps what it said where scripts/canaries looks for credentials. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            Path logs = Files.createDirectories(Path.of("target", "server-logs"));
            Files.writeString(logs.resolve(process.pid() + ".log"), out + "\n" + err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
