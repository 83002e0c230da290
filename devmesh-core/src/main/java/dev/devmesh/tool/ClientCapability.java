package dev.devmesh.tool;

/** Something that a client can do for a server when asked. */
public enum ClientCapability {
    /** Ask the user by a form. */
    ELICITATION("elicitation"),
    /** Ask the language model. */
    SAMPLING("sampling"),
    /** Tell the folders that the user works in. */
    ROOTS("roots");

    private final String wireName;

    ClientCapability(String wireName) {
        this.wireName = wireName;
    }

    /** The capability's name in the protocol. */
    public String wireName() {
        return wireName;
    }
}
