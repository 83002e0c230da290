package dev.devmesh.launcher.database;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.postgres.PostgresSettings;
import java.sql.SQLException;
import java.util.Optional;

/** Tells an operator in one sentence why the database cannot be used, and what cures it. Stateless. */
public final class DatabaseFailure {

    /** The server asks for a password, or for something that the driver cannot do: waiting does not help. */
    private static final String REJECTED = "08004";

    private static final String PREFIX = "PostgreSQL: ";

    private DatabaseFailure() {}

    /** Whether this may pass by itself, as it does when a database is started a moment after its clients. */
    static boolean mayPass(RuntimeException failed) {
        String state = state(failed);
        return failed instanceof MeshException refusal
                && refusal.code() == ErrorCode.DATABASE_UNAVAILABLE
                && !state.startsWith("28")
                && !state.equals("3D000")
                && !state.equals(REJECTED);
    }

    /** The failure to end with, if this is one of the database's; anything else is returned as it is. */
    public static RuntimeException of(RuntimeException failed, PostgresSettings settings) {
        String state = state(failed);
        if (state.startsWith("28") || state.equals(REJECTED)) {
            return failure(
                    "the database at " + hosts(settings) + " refuses the login: " + said(failed),
                    "set database.username and database.password, or DATABASE_URL",
                    failed);
        }
        if (state.equals("3D000")) {
            return failure(
                    said(failed) + " at " + hosts(settings),
                    "CREATE DATABASE makes it; or set database.name, in DATABASE_URL what follows the last slash",
                    failed);
        }
        if (failed instanceof MeshException refusal && refusal.code() == ErrorCode.DATABASE_UNAVAILABLE) {
            return failure(
                    "the database at " + hosts(settings) + " cannot be reached: " + said(failed),
                    "start it, or correct database.url (DATABASE_URL) or database.host",
                    failed);
        }
        if (failed instanceof MeshException refusal && refusal.code().name().startsWith("DATABASE_")) {
            return failure(Failure.part(String.valueOf(refusal.getMessage())), Failure.part(refusal.fix()), failed);
        }
        String message = String.valueOf(failed.getMessage());
        if (failed instanceof IllegalStateException && message.startsWith(PREFIX)) {
            String[] parts = message.substring(PREFIX.length()).split("\\. ", 2);
            if (parts.length == 2) {
                String cure = parts[1].replace("PostgresSettings.owner", "database.owner.username");
                return failure("PostgreSQL: " + parts[0], Failure.part(cure.strip()), failed);
            }
        }
        return failed;
    }

    /** Where the database is, without who enters. */
    static String hosts(PostgresSettings settings) {
        return settings.url().replaceFirst("^jdbc:postgresql://", "").replaceFirst("[/?].*", "");
    }

    private static Failure failure(String what, String fix, RuntimeException cause) {
        return new Failure(ExitCode.RUNTIME, what, fix, cause);
    }

    /** The database's or the driver's own first sentence, which names users, databases and hosts, and never a password. */
    static String said(RuntimeException failed) {
        String text = cause(failed).map(SQLException::getMessage).orElse(String.valueOf(failed.getMessage()));
        String line = text.lines().findFirst().orElse("").replaceFirst("^(FATAL|ERROR): ", "");
        return Failure.part(line.replaceFirst("\\. .*", ""));
    }

    private static String state(RuntimeException failed) {
        return cause(failed).map(SQLException::getSQLState).orElse("");
    }

    private static Optional<SQLException> cause(RuntimeException failed) {
        for (Throwable cause = failed.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException found && found.getSQLState() != null) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }
}
