package dev.devmesh.client;

import java.util.OptionalDouble;

/**
 * How far a request is.
 *
 * @param progress rises while the request is served
 * @param total where the progress will end, if that is known
 * @param message what is being done, or empty
 */
public record Progress(double progress, OptionalDouble total, String message) {}
