package dev.devmesh.resource;

import dev.devmesh.call.HandlerSettings;
import dev.devmesh.content.Annotations;
import dev.devmesh.content.Icon;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * Everything about a resource or a template but its address and how it is read.
 *
 * <p>Immutable; the {@code meta} object must not be changed.
 *
 * @param name what programs call it
 * @param title for people, or empty
 * @param description for people and language models, or empty
 * @param mimeType of what is read, or empty when it differs or is not known
 * @param size in bytes, if known; never of a template
 * @param annotations for whom it is, and how much it matters
 * @param icons pictures, the preferred first
 * @param meta members for {@code _meta} in listings; may be empty
 * @param permission what a caller needs to see and read it
 * @param cacheFor for how long a client may keep what it read; zero for not at all
 * @param handler what the reader asks for where the mesh's defaults are not right for it
 */
public record ResourceSpec(
        String name,
        String title,
        String description,
        String mimeType,
        OptionalLong size,
        Annotations annotations,
        List<Icon> icons,
        ObjectNode meta,
        String permission,
        Duration cacheFor,
        HandlerSettings handler) {

    /** What a caller needs to see and read resources that ask for nothing else. */
    public static final String READ = "resources:read";

    /** Checks that nothing is missing and copies the icons. */
    public ResourceSpec {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(mimeType, "mimeType");
        Objects.requireNonNull(annotations, "annotations");
        Objects.requireNonNull(permission, "permission");
        Objects.requireNonNull(handler, "handler");
        if (name.isBlank()) {
            throw new IllegalArgumentException("its name must not be blank");
        }
        if (cacheFor.isNegative()) {
            throw new IllegalArgumentException("the time to keep it must not be negative, is " + cacheFor);
        }
        if (size.isPresent() && size.getAsLong() < 0) {
            throw new IllegalArgumentException("its size must be at least 0, is " + size.getAsLong());
        }
        icons = List.copyOf(icons);
    }
}
