package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.text.Nearest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The routes by path and verb. Immutable. */
final class RouteTable {

    private final Map<PathTemplate, Map<Verb, Route>> places = new TreeMap<>();

    /**
     * A path that there is.
     *
     * @param template the path with its variables in braces
     * @param routes what can be done there
     * @param variables what is between the braces
     */
    record Place(PathTemplate template, Map<Verb, Route> routes, Map<String, String> variables) {

        /** The methods as an {@code Allow} header. */
        String allow() {
            List<String> methods = new ArrayList<>();
            routes.keySet().forEach(verb -> {
                methods.add(verb.name());
                if (verb == Verb.GET) {
                    methods.add("HEAD");
                }
            });
            methods.add("OPTIONS");
            return String.join(", ", methods);
        }
    }

    /** @throws IllegalArgumentException if two routes clash */
    RouteTable(List<Route> routes) {
        Map<List<String>, PathTemplate> byShape = new HashMap<>();
        for (Route route : routes) {
            PathTemplate same = byShape.putIfAbsent(route.path().shape(), route.path());
            if (same != null && !same.equals(route.path())) {
                throw new IllegalArgumentException("the paths " + same + " and " + route.path()
                        + " are the same but for the names of their variables; name these alike");
            }
            Map<Verb, Route> there = places.computeIfAbsent(route.path(), path -> new EnumMap<>(Verb.class));
            if (there.putIfAbsent(route.verb(), route) != null) {
                throw new IllegalArgumentException("there are two routes " + route.verb() + " " + route.path());
            }
        }
    }

    /** All routes, by path. */
    Map<PathTemplate, Map<Verb, Route>> all() {
        return places;
    }

    Optional<Place> at(List<String> segments) {
        for (Map.Entry<PathTemplate, Map<Verb, Route>> place : places.entrySet()) {
            Optional<Map<String, String>> variables = place.getKey().match(segments);
            if (variables.isPresent()) {
                return Optional.of(new Place(place.getKey(), place.getValue(), variables.get()));
            }
        }
        return Optional.empty();
    }

    MeshException notFound(RestPath path) {
        String nearest = Nearest.nearest(
                        path.text(),
                        places.keySet().stream().map(PathTemplate::toString).collect(Collectors.toList()))
                .map(near -> " Nearest: " + near + ".")
                .orElse("");
        return new MeshException(
                ErrorCode.ROUTE_NOT_FOUND,
                "There is nothing at this path." + nearest,
                "GET /openapi.json shows the paths that there are.");
    }
}
