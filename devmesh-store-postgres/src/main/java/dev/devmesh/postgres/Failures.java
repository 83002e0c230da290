package dev.devmesh.postgres;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Makes of an error of the database what a caller may see: no SQL, no address, no value. The cause is for the log. */
final class Failures {

    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Set<String> CONTENTION = Set.of("40001", "40P01", "55P03");

    private Failures() {}

    static RuntimeException of(SQLException failure) {
        String state = state(failure);
        if (isIdleTooLong(failure)) {
            return refusal(
                    ErrorCode.DATABASE_TIMEOUT,
                    "A unit of work did something else for too long, and the database ended it.",
                    "Do slow work before the unit of work begins, or after it.",
                    null,
                    failure);
        }
        if (isLost(failure)) {
            return unavailable(failure);
        }
        if (CONTENTION.contains(state)) {
            return refusal(
                    ErrorCode.DATABASE_BUSY,
                    "Others are changing the same data for too long.",
                    "Try again after the time that Retry-After says.",
                    failure);
        }
        if (state.startsWith("53")) {
            return refusal(
                    ErrorCode.DATABASE_FULL,
                    "The database has run out of room.",
                    "Give it more disk or memory; what is stored can still be read.",
                    failure);
        }
        return switch (state) {
            case "57014" ->
                refusal(
                        ErrorCode.DATABASE_TIMEOUT,
                        "The database took too long over a statement.",
                        "Ask for less, or raise database.query_timeout.",
                        null,
                        failure);
            case "22021", "22P05" -> unstorable(failure);
            default ->
                new IllegalStateException(
                        "PostgreSQL refused a statement (SQLSTATE " + state + "); the cause says why", failure);
        };
    }

    static MeshException unavailable(@Nullable Throwable cause) {
        return refusal(
                ErrorCode.DATABASE_UNAVAILABLE,
                "The database cannot be reached.",
                "Try again after the time that Retry-After says; the log of this server has the reason.",
                cause);
    }

    /** The connection broke while the commit was under way: it may have happened or not. */
    static MeshException unknownOutcome(SQLException cause) {
        return refusal(
                ErrorCode.DATABASE_UNAVAILABLE,
                "The database broke off while it committed; whether the change was made is not known.",
                "Look before you repeat it, or send requests with an Idempotency-Key.",
                cause);
    }

    static MeshException exhausted(String numbers, SQLException cause) {
        return refusal(
                ErrorCode.DATABASE_POOL_EXHAUSTED,
                "Every connection to the database is taken: " + numbers + ".",
                "Try again after the time that Retry-After says; if it stays like that, look at what holds the"
                        + " connections before you raise database.pool_size.",
                cause);
    }

    static MeshException unstorable(@Nullable Throwable cause) {
        return refusal(
                ErrorCode.INVALID_VALUE,
                "A text has a character that cannot be stored: U+0000 or half of a surrogate pair.",
                "Remove it; binary data can be sent in Base64.",
                null,
                cause);
    }

    /** Whether the connection is of no use any more: the server is gone, going, full, or a standby by now. */
    static boolean isLost(SQLException failure) {
        String state = state(failure);
        boolean isStandby = state.equals("25006");
        return state.startsWith("08")
                || state.startsWith("57P0")
                || state.equals("53300")
                || isStandby
                || isIdleTooLong(failure);
    }

    /** Whether the server has closed the connection, and undone the transaction, because nothing came for so long. */
    static boolean isIdleTooLong(SQLException failure) {
        return state(failure).equals("25P03");
    }

    /** Whether the same unit of work may succeed when it is done again from its start. */
    static boolean isTransient(SQLException failure) {
        return state(failure).equals("40001") || state(failure).equals("40P01");
    }

    /** The rule that a statement would have broken, by its name; empty where the driver does not tell. */
    static String constraint(SQLException failure) {
        @Nullable
        ServerErrorMessage told = failure instanceof PSQLException refused ? refused.getServerErrorMessage() : null;
        return told == null || told.getConstraint() == null ? "" : told.getConstraint();
    }

    static String state(SQLException failure) {
        return failure.getSQLState() == null ? "" : failure.getSQLState();
    }

    private static MeshException refusal(ErrorCode code, String message, String fix, @Nullable Throwable cause) {
        return refusal(code, message, fix, SOON, cause);
    }

    private static MeshException refusal(
            ErrorCode code, String message, String fix, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        return new MeshException(code, message, fix, retryAfter, cause);
    }
}
