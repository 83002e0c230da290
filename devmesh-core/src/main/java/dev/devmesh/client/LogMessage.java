package dev.devmesh.client;

import dev.devmesh.call.LogLevel;
import tools.jackson.databind.JsonNode;

/**
 * What a server logged while it served a request.
 *
 * @param level how serious it is
 * @param logger who says it, or empty
 * @param data what is said; any JSON, must not be changed
 */
public record LogMessage(LogLevel level, String logger, JsonNode data) {}
