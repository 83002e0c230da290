package dev.devmesh.health;

/**
 * One thing that must be in order for a mesh to do its work: while it is not, a server's readiness says so and requests stay
 * away.
 *
 * <p>Must answer within a second and be safe for use by many threads.
 */
@FunctionalInterface
public interface HealthCheck {

    /** How it stands now. */
    Outcome check();

    /**
     * @param healthy whether it is in order
     * @param detail one sentence without secrets, for example {@code 3 of 10 connections in use}
     */
    record Outcome(boolean healthy, String detail) {}
}
