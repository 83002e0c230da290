package dev.devmesh.event;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.json.JsonWritable;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/** Something that clients may have read is not as it was: what they can listen to. */
public sealed interface Change {

    /** The set of tools changed. */
    record ToolsChanged() implements Change {}

    /** The set of prompts changed. */
    record PromptsChanged() implements Change {}

    /** The set of resources changed. */
    record ResourcesChanged() implements Change {}

    /**
     * The content of one resource changed.
     *
     * @param uri which one
     * @param tenant whose it is, or empty if it is the same for all
     */
    record ResourceUpdated(String uri, Optional<Tenant> tenant) implements Change {

        /** Checks that nothing is missing. */
        public ResourceUpdated {
            Objects.requireNonNull(uri, "uri");
            Objects.requireNonNull(tenant, "tenant");
        }
    }

    /**
     * A task moved on.
     *
     * @param id which one
     * @param mayHear who may hear of it
     * @param task its state now, as the object that clients get to see; written before the telling ends
     */
    record TaskChanged(String id, Predicate<Principal> mayHear, JsonWritable task) implements Change {

        /** Checks that nothing is missing. */
        public TaskChanged {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(mayHear, "mayHear");
            Objects.requireNonNull(task, "task");
        }
    }
}
