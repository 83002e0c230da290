package dev.devmesh.resource;

import dev.devmesh.call.Call;
import dev.devmesh.content.ResourceContents;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What reads a resource. Must be safe for use by many threads.
 *
 * <p>What is returned is what is read: a {@link String} or a {@code byte[]} of the resource's own type; {@link
 * ResourceContents}, or a list of them where one address stands for several things. Null or an empty list means that there is
 * nothing at this address (any more), which callers learn as {@code RESOURCE_NOT_FOUND}.
 */
@FunctionalInterface
public interface ResourceReader {

    /**
     * Reads the resource for one call.
     *
     * @throws Exception if it cannot be read; the caller learns only that it failed, the log the rest
     */
    @Nullable
    Object read(Call call) throws Exception;

    /** What reads the resources of a template; see {@link ResourceReader}. */
    @FunctionalInterface
    interface OfTemplate {

        /**
         * Reads one of the template's resources for one call.
         *
         * @param variables what fills the gaps in the address asked for, decoded
         * @throws Exception if it cannot be read; the caller learns only that it failed, the log the rest
         */
        @Nullable
        Object read(Call call, Map<String, String> variables) throws Exception;
    }
}
