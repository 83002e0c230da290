package dev.devmesh.context;

import dev.devmesh.json.Json;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * An item to be appended to a context.
 *
 * <p>Immutable: the metadata is copied on its way in and out. {@link Contexts#append} checks the sizes.
 *
 * @param role who it comes from
 * @param content the text
 * @param metadata what to remember beside the text
 * @param isPinned whether it stays when older items are truncated or compacted
 */
public record Item(Role role, String content, ObjectNode metadata, boolean isPinned) {

    /** The metadata member that {@link #tool} puts the tool's name into. */
    public static final String TOOL = "tool";

    /** Checks that nothing is missing and copies the metadata. */
    public Item {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
        metadata = metadata.deepCopy();
    }

    /** What to remember beside the text: a copy. */
    @Override
    public ObjectNode metadata() {
        return metadata.deepCopy();
    }

    /** An item without metadata. */
    public static Item of(Role role, String content) {
        return new Item(role, content, Json.object(), false);
    }

    /** What a user said. */
    public static Item user(String content) {
        return of(Role.USER, content);
    }

    /** What the agent said. */
    public static Item assistant(String content) {
        return of(Role.ASSISTANT, content);
    }

    /** Instructions that stay in force. */
    public static Item system(String content) {
        return of(Role.SYSTEM, content);
    }

    /** What the tool of this name returned; the name is kept as metadata member {@value #TOOL}. */
    public static Item tool(String name, String content) {
        return new Item(Role.TOOL, content, Json.object().put(TOOL, name), false);
    }

    /** This item with other metadata. */
    public Item metadata(ObjectNode other) {
        return new Item(role, content, other, isPinned);
    }

    /** This item, staying when older items are truncated or compacted. */
    public Item pinned() {
        return new Item(role, content, metadata, true);
    }
}
