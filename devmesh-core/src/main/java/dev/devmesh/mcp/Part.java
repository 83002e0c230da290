package dev.devmesh.mcp;

import dev.devmesh.Revision;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The parts of messages that not every revision words alike: the table of what each revision lacks. The inner model is worded
 * like the newest revision; what is not in the table was always there.
 */
enum Part {
    ANNOTATIONS(since(Revision.V2025_06_18, "lastModified")),
    /** What is behind the address of a resource. */
    CONTENTS(since(Revision.V2025_06_18, "_meta")),
    /** A piece of content. */
    CONTENT(
            before(Revision.V2025_06_18, Part::wordLink),
            since(Revision.V2025_06_18, "_meta"),
            since(Revision.V2025_11_25, "icons"),
            holding("annotations", ANNOTATIONS),
            holding("resource", CONTENTS)),
    /** Something said, in a prompt or a sampling. */
    MESSAGE(holding("content", CONTENT)),
    TOOL(
            since(Revision.V2025_06_18, "title", "outputSchema", "_meta"),
            since(Revision.V2025_11_25, "icons"),
            before(Revision.V2026_07_28, Part::withholdOutput)),
    /** A resource, or a template of resources. */
    RESOURCE(
            since(Revision.V2025_06_18, "title", "_meta"),
            since(Revision.V2025_11_25, "icons"),
            holding("annotations", ANNOTATIONS)),
    ARGUMENT(since(Revision.V2025_06_18, "title")),
    PROMPT(
            since(Revision.V2025_06_18, "title", "_meta"),
            since(Revision.V2025_11_25, "icons"),
            holding("arguments", ARGUMENT)),
    /** The result of {@code tools/call}. Of its data, see {@link RevisionShape#result}. */
    TOOL_RESULT(holding("content", CONTENT)),
    /** The result of {@code prompts/get}. */
    PROMPT_RESULT(holding("messages", MESSAGE)),
    /** The result of {@code resources/read}. */
    READING(holding("contents", CONTENTS)),
    /** The name of a program. */
    IMPLEMENTATION(
            since(Revision.V2025_06_18, "title"), since(Revision.V2025_11_25, "description", "websiteUrl", "icons")),
    /** The parameters of {@code elicitation/create}. */
    ELICITATION(since(Revision.V2025_11_25, "mode")),
    /** The parameters of {@code sampling/createMessage}. */
    SAMPLING(since(Revision.V2025_11_25, "tools", "toolChoice"), holding("messages", MESSAGE));

    /**
     * A difference.
     *
     * @param before which revision it is one
     * @param change makes it
     */
    private record Difference(Revision before, BiConsumer<ObjectNode, Revision> change) {}

    private final List<Difference> differences;
    private final Revision wholeSince;

    Part(Difference... differences) {
        this.differences = List.of(differences);
        this.wholeSince = Stream.of(differences)
                .map(Difference::before)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** Whether the revision knows all that the inner model has of this part, and in the same form. */
    boolean isWholeIn(Revision revision) {
        return revision.isAtLeast(wholeSince);
    }

    /** Makes of the inner model's form, in place, the revision's. */
    void shape(ObjectNode part, Revision revision) {
        for (Difference difference : differences) {
            if (!revision.isAtLeast(difference.before)) {
                difference.change.accept(part, revision);
            }
        }
    }

    /** These members are known since then. */
    private static Difference since(Revision revision, String... members) {
        return new Difference(revision, (part, in) -> part.remove(List.of(members)));
    }

    private static Difference before(Revision revision, Consumer<ObjectNode> change) {
        return new Difference(revision, (part, in) -> change.accept(part));
    }

    /** This member holds such a part, or an array of such. */
    private static Difference holding(String member, Part inner) {
        return new Difference(inner.wholeSince, (part, in) -> {
            JsonNode held = part.path(member);
            if (held instanceof ObjectNode one) {
                inner.shape(one, in);
            } else {
                held.forEach(one -> inner.shape((ObjectNode) one, in));
            }
        });
    }

    private static void wordLink(ObjectNode content) {
        if (content.path("type").asString("").equals("resource_link")) {
            String text =
                    content.path("name").asString() + ": " + content.path("uri").asString();
            content.retain("annotations").put("type", "text").put("text", text);
        }
    }

    /** A session's client may count on results that are objects. */
    private static void withholdOutput(ObjectNode tool) {
        if (!tool.path("outputSchema").path("type").asString("").equals("object")) {
            tool.remove("outputSchema");
        }
    }
}
