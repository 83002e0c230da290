package dev.devmesh.launcher.command;

import dev.devmesh.launcher.api.AuditCommand;
import dev.devmesh.launcher.api.JwtCommand;
import dev.devmesh.launcher.api.KeysCommand;
import dev.devmesh.launcher.api.RolesCommand;
import dev.devmesh.launcher.api.TenantsCommand;
import dev.devmesh.launcher.api.ToolsCommand;
import dev.devmesh.launcher.api.UsersCommand;
import dev.devmesh.launcher.config.InvalidConfiguration;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.launcher.logging.Logging;
import dev.devmesh.launcher.shell.Surroundings;
import dev.devmesh.text.Nearest;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line.
 *
 * <p>However a command ends, its user reads one last line and no stack trace; the log has the stack at level debug.
 */
@Command(
        name = "devmesh",
        description = {
            "Puts tools in front of AI agents, with memory, identity and a durable queue.",
            "Without a command it serves; options of serve may follow at once: devmesh --dev"
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 done or asked to stop, 1 could not be carried out, 2 usage or configuration."})
public final class DevMeshCommand {

    private static final Logger LOG = LoggerFactory.getLogger(DevMeshCommand.class);
    private static final Set<String> OWN_OPTIONS = Set.of("-h", "--help", "-V", "--version");
    private static final String SERVE = "serve";
    private static final Set<String> STARTING = Set.of(SERVE, "stdio", "migrate");

    private final Surroundings surroundings;

    private DevMeshCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Runs one command line and returns the exit code. */
    public static int run(Surroundings surroundings, String... arguments) {
        Logging.level(Stream.of("DEVMESH_LOG_LEVEL", "LOG_LEVEL")
                .map(name -> surroundings.environment().getOrDefault(name, ""))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("info"));
        DevMeshCommand command = new DevMeshCommand(surroundings);
        Version version = new Version(surroundings);
        CommandLine line = new CommandLine(command)
                .addSubcommand(new ServeCommand(surroundings))
                .addSubcommand(new StdioCommand(surroundings))
                .addSubcommand(new MigrateCommand(surroundings))
                .addSubcommand(new ReembedCommand(surroundings))
                .addSubcommand(new KeysCommand(surroundings))
                .addSubcommand(new UsersCommand(surroundings))
                .addSubcommand(new RolesCommand(surroundings))
                .addSubcommand(new TenantsCommand(surroundings))
                .addSubcommand(new ToolsCommand(surroundings))
                .addSubcommand(new JwtCommand(surroundings))
                .addSubcommand(new AuditCommand(surroundings))
                .addSubcommand(new ConfigCommand(surroundings))
                .addSubcommand(version)
                .addSubcommand(new HelpCommand())
                .setOut(new PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(CommandLine.Help.defaultColorScheme(surroundings.terminal() ? Ansi.AUTO : Ansi.OFF))
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler((error, ignored) -> command.misused(error))
                .setExecutionExceptionHandler((error, failed, ignored) -> command.failed(error, failed));
        line.getCommandSpec().versionProvider(version);
        line.getSubcommands().values().forEach(sub -> inherit(sub, version));
        return line.execute(withCommand(arguments));
    }

    private static void inherit(CommandLine command, Version version) {
        command.getCommandSpec().versionProvider(version);
        command.getSubcommands().values().forEach(sub -> inherit(sub, version));
    }

    private static String[] withCommand(String[] arguments) {
        boolean named = arguments.length > 0 && (!arguments[0].startsWith("-") || OWN_OPTIONS.contains(arguments[0]));
        return named
                ? arguments
                : Stream.concat(Stream.of(SERVE), Stream.of(arguments)).toArray(String[]::new);
    }

    private int misused(ParameterException error) {
        CommandLine command = error.getCommandLine();
        String name = command.getCommandSpec().qualifiedName(" ");
        String help = command.getParent() == null ? "devmesh --help" : name + " --help";
        String what = String.valueOf(error.getMessage()).lines().findFirst().orElse("wrong usage");
        String fix = help;
        if (error instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().get(0);
            boolean option = word.startsWith("-");
            Collection<String> known = option
                    ? command.getCommandSpec().optionsMap().keySet()
                    : command.getSubcommands().keySet();
            what = (option ? "unknown option " : known.isEmpty() ? "unexpected argument " : "unknown command ") + word;
            Optional<String> nearest = Nearest.nearest(word.replaceFirst("=.*", ""), known);
            fix = nearest.map(near -> "did you mean " + near + "? See " + help).orElse(help);
        }
        say(command, what + "; fix: " + fix);
        return ExitCode.USAGE.number();
    }

    private int failed(Exception error, CommandLine command) {
        LOG.debug("{} failed", command.getCommandName(), error);
        if (error instanceof InvalidConfiguration) {
            surroundings.err().println("devmesh: cannot start: " + error.getMessage());
            return ExitCode.USAGE.number();
        }
        if (error instanceof Failure failure) {
            say(command, failure.line());
            return failure.exitCode().number();
        }
        List<String> message = String.valueOf(error.getMessage()).lines().toList();
        say(
                command,
                error.getClass().getSimpleName() + ": " + String.join(" ", message)
                        + "; fix: LOG_LEVEL=debug logs where it comes from");
        return ExitCode.RUNTIME.number();
    }

    private void say(CommandLine command, String what) {
        String prefix = STARTING.contains(command.getCommandName()) ? "devmesh: cannot start: " : "devmesh: ";
        surroundings.err().println(prefix + what.replaceAll("\\p{Cntrl}", " "));
    }
}
