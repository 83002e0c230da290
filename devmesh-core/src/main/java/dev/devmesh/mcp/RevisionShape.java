package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Revision;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.content.Content;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.question.Question;
import dev.devmesh.store.Ids;
import dev.devmesh.tool.ToolResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a revision words what the inner model, which is worded like the newest one, has to say. With {@link Part}, its table, this is the
 * one place that knows what each revision lacks.
 *
 * <p>The newest revision gets everything as it is. What older ones get is made as a tree first, so that only they pay.
 *
 * <p>Immutable.
 */
final class RevisionShape {

    private static final Map<Revision, RevisionShape> ALL = new EnumMap<>(Revision.class);

    static {
        for (Revision revision : Revision.values()) {
            ALL.put(revision, new RevisionShape(revision));
        }
    }

    private final Revision revision;

    private RevisionShape(Revision revision) {
        this.revision = revision;
    }

    static RevisionShape of(Revision revision) {
        return Objects.requireNonNull(ALL.get(revision));
    }

    /** The members of such a part. */
    Wire.Members members(Part part, Wire.Members members) {
        if (part.isWholeIn(revision)) {
            return members;
        }
        return out -> {
            JsonWritable whole = object -> {
                object.writeStartObject();
                members.writeTo(object);
                object.writeEndObject();
            };
            ObjectNode tree = (ObjectNode) Json.tree(whole);
            part.shape(tree, revision);
            tree.properties().forEach(member -> {
                out.writeName(member.getKey());
                out.writeTree(member.getValue());
            });
        };
    }

    /** The members of the result of a tool, but for its {@code _meta}. */
    Wire.Members result(ToolResult result) {
        Optional<JsonNode> data = result.structured();
        if (data.isEmpty() || hasPlaceFor(data.get())) {
            return members(Part.TOOL_RESULT, result::writeMembers);
        }
        List<Content> content = new ArrayList<>(result.content());
        String text = data.get().toString();
        if (content.stream().noneMatch(piece -> says(piece, text))) {
            content.add(Content.text(text));
        }
        ToolResult worded = new ToolResult(content, Optional.empty(), result.isError(), result.meta());
        return members(Part.TOOL_RESULT, worded::writeMembers);
    }

    private static boolean says(Content piece, String what) {
        return piece instanceof Content.Text text && text.text().equals(what);
    }

    private boolean hasPlaceFor(JsonNode data) {
        return !revision.hasSessions() || revision.isAtLeast(Revision.V2025_06_18) && data.isObject();
    }

    /** The result that explains why a tool did not do its work, where that is for the language model; else it is an error. */
    Optional<ToolResult> explaining(MeshException reason) {
        boolean forTheClient =
                reason.code() == ErrorCode.INVALID_ARGUMENTS && !revision.isAtLeast(Revision.V2025_11_25);
        return forTheClient ? Optional.empty() : ToolResult.explaining(reason);
    }

    /** The parameters of the request that carries a question. */
    ObjectNode params(Question question) {
        ObjectNode params = question.params();
        if (question instanceof Question.Form || question instanceof Question.Visit) {
            Part.ELICITATION.shape(params, revision);
        } else if (question instanceof Question.Sample) {
            Part.SAMPLING.shape(params, revision);
        }
        if (question instanceof Question.Visit && revision == Revision.V2025_11_25) {
            params.put("elicitationId", Ids.next("elicitation_"));
        }
        return params;
    }

    /** What a client can do by its own declaration, as far as the revision has words for it. */
    Set<ClientCapability> capabilities(JsonNode declared) {
        Set<ClientCapability> known = ClientCapability.declared(declared);
        known.removeIf(capability -> !revision.isAtLeast(knownSince(capability)));
        return known;
    }

    private static Revision knownSince(ClientCapability capability) {
        return switch (capability) {
            case SAMPLING, ROOTS -> Revision.V2025_03_26;
            case ELICITATION -> Revision.V2025_06_18;
            case ELICITATION_URL, SAMPLING_TOOLS -> Revision.V2025_11_25;
            case TASKS -> Revision.V2026_07_28;
        };
    }

    /**
     * The error, with the code and the HTTP status that the revision has for it.
     *
     * <p>To a client with a session 404 says that the session is gone, and some take 400 for it, too. So an error about a message
     * that was understood travels with 200, unless HTTP itself has to act on it.
     */
    McpError error(McpError error) {
        return revision.hasSessions() ? error.with(code(error), status(error)) : error;
    }

    private static int code(McpError error) {
        return switch (error.code()) {
            case McpError.HEADER_MISMATCH, McpError.MISSING_CLIENT_CAPABILITY, McpError.UNSUPPORTED_VERSION ->
                McpError.INVALID_REQUEST;
            default -> error.is(ErrorCode.RESOURCE_NOT_FOUND) ? McpError.RESOURCE_NOT_FOUND_WITH_SESSION : error.code();
        };
    }

    private static int status(McpError error) {
        boolean kept = switch (error.status()) {
            case 401, 403, 429, 500, 503 -> true;
            case 404 -> error.is(ErrorCode.SESSION_NOT_FOUND);
            case 400 -> error.code() != McpError.MISSING_CLIENT_CAPABILITY && error.code() != McpError.INVALID_PARAMS;
            default -> false;
        };
        return kept ? error.status() : 200;
    }
}
