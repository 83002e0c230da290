package dev.devmesh.postgres;

import java.time.Duration;

/** What happens between a store and its database, for metrics. Holds no SQL, no value, no address. */
public sealed interface PostgresEvent {

    /**
     * A unit of work has got its connection, or has given up waiting for one.
     *
     * @param took the wait
     */
    record Acquired(Duration took) implements PostgresEvent {}

    /**
     * The database has answered a statement, be it by an error.
     *
     * @param took from sending it to its answer, or to the first part of that
     */
    record StatementEnded(Duration took) implements PostgresEvent {}

    /**
     * A unit of work has given its connection back.
     *
     * @param committed whether what it did is kept
     * @param took since it got the connection
     */
    record TransactionEnded(boolean committed, Duration took) implements PostgresEvent {}

    /**
     * The database, or the way to it, failed.
     *
     * @param stateClass the first two characters of the SQLSTATE, {@code 08} for example; {@code pool} if every
     *     connection was taken, {@code none} if there is no SQLSTATE
     */
    record Failed(String stateClass) implements PostgresEvent {}
}
