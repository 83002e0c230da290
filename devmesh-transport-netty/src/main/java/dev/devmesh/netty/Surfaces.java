package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** What each surface of one server serves. An endpoint that several serve is one and the same, with all that it counts. */
final class Surfaces {

    private final Map<Surface, List<Endpoint>> endpoints = new EnumMap<>(Surface.class);

    private final List<PrefixEndpoint> rest;

    /** @param leaving set once the server was told to close */
    Surfaces(DevMesh mesh, ServerSettings settings, AtomicBoolean leaving) {
        Challenges challenges = new Challenges(mesh.issuers(), settings.publicUrl());
        Callers callers = new Callers(mesh, challenges);
        this.rest = List.of(new RestEndpoint(mesh, callers));
        List<Endpoint> health = new ArrayList<>();
        for (HealthEndpoint.Question question : HealthEndpoint.Question.values()) {
            health.add(new HealthEndpoint(question, mesh, leaving));
        }
        List<Endpoint> api = new ArrayList<>(health);
        if (!mesh.issuers().isEmpty()) {
            api.add(new ResourceMetadataEndpoint(challenges, mesh.name(), ""));
        }
        List<Endpoint> edge = new ArrayList<>(api);
        if (!mesh.issuers().isEmpty()) {
            edge.add(new ResourceMetadataEndpoint(challenges, mesh.name(), McpEndpoint.PATH));
        }
        edge.add(new McpEndpoint(mesh, settings, callers));
        edge.add(new WebSocketEndpoint(mesh, settings.webSockets(), callers));
        List<Endpoint> management = new ArrayList<>(health);
        settings.metrics().ifPresent(content -> management.add(new MetricsEndpoint(mesh, content)));
        endpoints.put(Surface.EDGE, edge);
        endpoints.put(Surface.API, api);
        endpoints.put(Surface.MANAGEMENT, management);
        endpoints.put(Surface.DIAGNOSTICS, List.of());
    }

    /** What a listener for these serves. */
    Endpoints of(Set<Surface> surfaces) {
        List<Endpoint> all = new ArrayList<>();
        surfaces.forEach(surface -> all.addAll(endpoints.getOrDefault(surface, List.of())));
        return new Endpoints(all, surfaces.stream().anyMatch(Surface::isForClients) ? rest : List.of());
    }
}
