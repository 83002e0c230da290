package dev.devmesh.context;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Locale;

/** Who an item comes from. */
public enum Role {
    /** The person, or the program, that the agent works for. */
    USER,
    /** The agent itself. */
    ASSISTANT,
    /** Instructions that stay in force: never truncated. */
    SYSTEM,
    /** The output of a tool. */
    TOOL;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The name as it travels and is stored: {@code user}, {@code assistant}, {@code system} or {@code tool}. */
    public String wireName() {
        return wireName;
    }

    /**
     * The role of this wire name.
     *
     * @throws MeshException {@link ErrorCode#INVALID_VALUE} if there is none
     */
    public static Role of(String wireName) {
        for (Role role : values()) {
            if (role.wireName.equals(wireName)) {
                return role;
            }
        }
        throw new MeshException(
                ErrorCode.INVALID_VALUE, "An item has an unknown role.", "Use user, assistant, system or tool.");
    }
}
