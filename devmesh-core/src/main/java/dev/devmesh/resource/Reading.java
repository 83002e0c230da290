package dev.devmesh.resource;

import dev.devmesh.content.ResourceContents;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What was read at an address.
 *
 * @param contents at least one
 * @param cacheFor for how long the caller may keep it; zero for not at all
 */
public record Reading(List<ResourceContents> contents, Duration cacheFor) {

    /** Checks that something was read. */
    public Reading {
        contents = List.copyOf(contents);
        Objects.requireNonNull(cacheFor, "cacheFor");
        if (contents.isEmpty()) {
            throw new IllegalArgumentException("a reading has at least one content");
        }
    }
}
