package dev.devmesh.netty;

/**
 * What a listener serves. Each has a port of its own unless several are given the same; then that port serves what all of them
 * do.
 */
public enum Surface {
    /** Everything that clients use: MCP, WebSockets, health. */
    EDGE("The MCP endpoint is " + McpEndpoint.PATH + "."),
    /** Health, and no MCP: for callers that come by another way than those of the edge. */
    API("Health is at /health."),
    /** Metrics and health, for whoever runs the server. */
    MANAGEMENT("Metrics are at " + MetricsEndpoint.PATH + ", health is at /health."),
    /** For looking into the process; on a loopback address only. There is nothing yet. */
    DIAGNOSTICS("This version has no diagnostics.");

    private final String directions;

    Surface(String directions) {
        this.directions = directions;
    }

    /** What someone is told who asks for what is not there. */
    String directions() {
        return directions;
    }

    /** Whether clients come here, by way of networks perhaps: with certificates where there are any. */
    boolean isForClients() {
        return this == EDGE || this == API;
    }
}
