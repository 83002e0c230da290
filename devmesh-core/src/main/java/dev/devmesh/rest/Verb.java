package dev.devmesh.rest;

import java.util.Optional;

/** What is done with what is at a path. HEAD is a GET whose body is not sent. */
enum Verb {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE;

    /** The verb of this HTTP method. */
    static Optional<Verb> of(String method) {
        return switch (method) {
            case "GET", "HEAD" -> Optional.of(GET);
            case "POST" -> Optional.of(POST);
            case "PUT" -> Optional.of(PUT);
            case "PATCH" -> Optional.of(PATCH);
            case "DELETE" -> Optional.of(DELETE);
            default -> Optional.empty();
        };
    }
}
