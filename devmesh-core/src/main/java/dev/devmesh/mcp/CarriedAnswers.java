package dev.devmesh.mcp;

import dev.devmesh.cluster.ClusterMessage.SessionAnswer;
import dev.devmesh.json.Json;
import dev.devmesh.seal.Seal;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers of clients with sessions that came to another process than the one that asked. They travel sealed, together with the id of
 * the session: whoever sends one has shown that the session is its own, and only questions of that session can be answered
 * by it.
 *
 * <p>Safe for use by many threads.
 */
final class CarriedAnswers {

    /** A bus carries no larger ones. */
    static final int MOST_BYTES = 5_500;

    /** What {@link Sessions} calls its questions. */
    private static final Pattern QUESTION = Pattern.compile("[0-9A-Za-z]{6}[0-9a-z]{1,13}-[0-9]{1,19}");

    private final Sessions sessions;
    private final Seal seal;
    private final Elsewhere elsewhere;

    CarriedAnswers(Sessions sessions, Seal seal, Elsewhere elsewhere) {
        this.sessions = sessions;
        this.seal = seal;
        this.elsewhere = elsewhere;
    }

    /**
     * Sends an answer on to whoever asked.
     *
     * @return false if it cannot be somebody else's question either
     * @throws McpError if the answer is too large to travel
     */
    boolean carry(HttpSession session, ObjectNode response) {
        String id = response.path("id").asString("");
        if (elsewhere.isNobody() || !QUESTION.matcher(id).matches() || sessions.hasNamed(id)) {
            return false;
        }
        ArrayNode both =
                Json.mapper().createArrayNode().add(session.token().id()).add(response);
        byte[] bytes = Json.bytes(both);
        if (bytes.length > MOST_BYTES) {
            throw McpError.invalidRequest("The question was asked by another process, and an answer of more than "
                    + MOST_BYTES + " bytes does not reach it from here: send all requests of a session to one process,"
                    + " as a load balancer does that looks at Mcp-Session-Id.");
        }
        elsewhere.tell(new SessionAnswer(seal.seal(bytes)));
        return true;
    }

    /** An answer came that another process took: it is given to the session that asked, if that is here. */
    void arrived(SessionAnswer answer) {
        seal.open(answer.sealed()).ifPresent(bytes -> {
            JsonNode both = Json.parse(bytes);
            if (both.path(1) instanceof ObjectNode response) {
                sessions.answeredElsewhere(both.path(0).asString(""), response);
            }
        });
    }
}
