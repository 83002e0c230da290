package dev.devmesh.launcher.command;

import dev.devmesh.launcher.config.Configuration;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.database.DatabaseFailure;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.launcher.logging.Logging;
import dev.devmesh.launcher.server.ConfiguredEmbedding;
import dev.devmesh.launcher.shell.Surroundings;
import dev.devmesh.postgres.Migrations;
import dev.devmesh.postgres.PostgresSettings;
import dev.devmesh.postgres.PostgresStore;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code devmesh migrate}: brings the schema of the database to what this version needs. */
@Command(
        name = "migrate",
        description = {
            "Brings the schema of the configured database to what this version needs.",
            "A starting server does the same, so this is for those who want it done before, or by another user."
        },
        mixinStandardHelpOptions = true)
final class MigrateCommand implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(MigrateCommand.class);

    private final Surroundings surroundings;

    @Mixin
    private ConfigurationFile file = new ConfigurationFile();

    @Option(names = "--dry-run", description = "Prints the SQL that would run, and changes nothing.")
    private boolean dryRun;

    @Option(
            names = "--validate",
            description =
                    "Says what is missing or was changed by hand, and changes nothing; exit code 1 if there is any.")
    private boolean validate;

    MigrateCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        if (dryRun && validate) {
            throw new Failure(ExitCode.USAGE, "--dry-run and --validate are two different things", "leave one out");
        }
        LoadedConfiguration loaded = file.load(surroundings, List.of());
        Logging.level(loaded.configuration().logLevel().name());
        loaded.warnings().forEach(LOG::warn);
        PostgresSettings settings = loaded.configuration()
                .database()
                .orElseThrow(() -> new Failure(
                        ExitCode.USAGE,
                        "there is no database to migrate",
                        "set database.url (DATABASE_URL), or database.host"))
                .settings();
        try {
            return run(settings, loaded.configuration()).number();
        } catch (RuntimeException failed) {
            throw DatabaseFailure.of(failed, settings);
        }
    }

    private ExitCode run(PostgresSettings settings, Configuration configuration) {
        Migrations migrations = Migrations.of(settings);
        if (dryRun) {
            String sql = migrations.sql();
            surroundings.out().print(sql.isEmpty() ? "-- The schema is up to date.\n" : sql);
            return ExitCode.OK;
        }
        if (validate) {
            List<String> problems = migrations.problems();
            problems.forEach(surroundings.out()::println);
            if (problems.isEmpty()) {
                surroundings.out().println("The schema is up to date.");
                return ExitCode.OK;
            }
            throw new Failure(
                    ExitCode.RUNTIME,
                    "the schema is not what this version needs",
                    "devmesh migrate, or what is said above");
        }
        migrations.apply().forEach(name -> surroundings.out().println("applied " + name));
        try (ConfiguredEmbedding embedding = ConfiguredEmbedding.of(configuration);
                // Makes the index of the embeddings, and finds out whether the login that works can enter.
                PostgresStore ready = PostgresStore.open(settings.indexed(embedding.model()))) {
            LOG.debug("the database {}", ready.health().check().detail());
        }
        surroundings.out().println("The schema is up to date.");
        return ExitCode.OK;
    }
}
