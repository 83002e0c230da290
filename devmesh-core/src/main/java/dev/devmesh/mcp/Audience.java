package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;

/**
 * Who may hear of what. Asked when a listen begins, about each resource and task that it names, and again before each message:
 * rights may change in between.
 */
@FunctionalInterface
interface Audience {

    /** Whether this caller may hear of this topic. Does not wait. */
    boolean mayHear(Principal principal, Topic topic);
}
