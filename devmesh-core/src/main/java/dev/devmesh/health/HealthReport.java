package dev.devmesh.health;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a mesh stands.
 *
 * @param healthy whether every check passed and the mesh is open
 * @param instance the name of this process among its peers
 * @param version the version of the mesh, as its builder was told
 * @param uptime since {@code start()}, or zero before
 * @param checks by name, in a fixed order
 */
public record HealthReport(
        boolean healthy, String instance, String version, Duration uptime, Map<String, HealthCheck.Outcome> checks) {

    /** Copies the checks, order kept. */
    public HealthReport {
        checks = Collections.unmodifiableMap(new LinkedHashMap<>(checks));
    }
}
