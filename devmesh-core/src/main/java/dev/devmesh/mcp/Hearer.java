package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** Somebody who wants to hear of changes: see {@link Subscriptions}. */
interface Hearer {

    /** Who it is. */
    Principal principal();

    /** What it wants to hear of now. */
    Set<Topic> topics();

    /**
     * Something that was asked for changed. Does not wait.
     *
     * @param details what to say of it besides its name; not changed any more
     */
    void tell(Topic topic, ObjectNode details);

    /**
     * Nothing more will be told. Does not wait.
     *
     * @param reason why, as events name it
     */
    void finish(String reason);
}
