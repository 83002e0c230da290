package dev.devmesh.mcp;

import dev.devmesh.call.ClientCapability;
import dev.devmesh.json.Json;
import dev.devmesh.json.MalformedJson;
import dev.devmesh.seal.Seal;
import dev.devmesh.text.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Questions to a client that keeps no session ("Multi round-trip requests").
 *
 * <p>A handler that asks is unwound. The client gets the questions and a {@code requestState}, and makes the same request
 * again with both answers and state; the handler then runs again from its start. What this holds on to:
 *
 * <ol>
 *   <li>The server keeps nothing. Answers of earlier rounds travel in the state, so any process that knows the secret can go on.
 *   <li>The state is sealed: the client can neither read nor change it. It is bound to the caller, the method, the
 *       parameters and the definition of what is called, and it expires. A state that is altered, expired, somebody else's or
 *       no longer fits is an error, never a new question.
 *   <li>An answer belongs to a question by key and digest. The answer of an earlier round is never taken for a question that
 *       has changed since.
 *   <li>Answers of the current round need no state, unless the question demands proof that it was asked.
 *   <li>An answer that is missing or does not fit is asked for again.
 * </ol>
 */
final class Rounds {

    /** The most characters that a state may have. */
    static final int MAX_STATE_LENGTH = 32 * 1024;

    /** How long the client may take for one round. */
    static final Duration LIFE = Duration.ofMinutes(10);

    private static final Set<String> NOT_OF_THE_CALL = Set.of("_meta", "inputResponses", "requestState");

    private final Seal seal;
    private final InstantSource clock;

    Rounds(Seal seal, InstantSource clock) {
        this.seal = seal;
        this.clock = clock;
    }

    /**
     * The round that a request is.
     *
     * @param definition what is called, as clients see it: a state does not outlive its change
     * @throws McpError if its state or its answers are not acceptable
     */
    Round open(McpRequest request, Supplier<byte[]> definition, Set<ClientCapability> capabilities) {
        JsonNode sent = request.params().path("requestState");
        ObjectNode state = sent.isMissingNode() ? Json.object() : opened(sent, binding(request, definition.get()));
        Supplier<String> binding = () -> binding(request, definition.get());
        return new Round(this, binding, state, request.answers(), capabilities);
    }

    /**
     * What stands for a state that this server gave out and that has not expired: nobody can make it up. Whether the state fits a request,
     * {@link #open} says. Empty for anything else.
     */
    Optional<String> proof(JsonNode sent) {
        if (!sent.isString() || sent.stringValue().length() > MAX_STATE_LENGTH) {
            return Optional.empty();
        }
        String text = sent.stringValue();
        return seal.open(text)
                .map(Rounds::parsed)
                .filter(this::isFresh)
                .map(state -> digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String binding(McpRequest request, byte[] definition) {
        ObjectNode bound = Json.object();
        bound.put("tenant", request.principal().tenant().id());
        bound.put("subject", request.principal().subject());
        bound.put("credential", request.principal().credentialId());
        bound.put("method", request.method());
        bound.put("params", digest(Json.bytes(sorted(withoutRounds(request.params())))));
        bound.put("definition", digest(definition));
        return digest(Json.bytes(bound));
    }

    private ObjectNode opened(JsonNode sent, String binding) {
        String text = sent.isString() ? sent.stringValue() : "";
        Optional<byte[]> plain = text.length() > MAX_STATE_LENGTH ? Optional.empty() : seal.open(text);
        if (plain.isEmpty()) {
            throw McpError.invalidParams("params.requestState is not a state of this server, or was altered.");
        }
        ObjectNode state = parsed(plain.get());
        if (!state.path("binding").asString("").equals(binding)) {
            throw McpError.invalidParams("params.requestState belongs to another request, another caller or an earlier"
                    + " definition; begin again without it.");
        }
        if (!isFresh(state)) {
            throw McpError.invalidParams("params.requestState has expired; begin again without it.");
        }
        return state;
    }

    private static ObjectNode parsed(byte[] plain) {
        try {
            return (ObjectNode) Json.parse(plain);
        } catch (MalformedJson e) {
            throw new IllegalStateException("a state that this server sealed is not JSON", e);
        }
    }

    private boolean isFresh(ObjectNode state) {
        return clock.instant().getEpochSecond() < state.path("expires").asLong();
    }

    /**
     * Seals what the next round must know.
     *
     * @throws McpError if it is too much to carry
     */
    String seal(String binding, ObjectNode answered, ObjectNode asked) {
        ObjectNode state = Json.object();
        Instant expires = clock.instant().plus(LIFE);
        state.put("binding", binding);
        state.put("expires", expires.getEpochSecond());
        state.set("answered", answered);
        state.set("asked", asked);
        String sealed = seal.seal(Json.bytes(state));
        if (sealed.length() > MAX_STATE_LENGTH) {
            throw McpError.invalidParams("The answers of this call are more than the " + MAX_STATE_LENGTH
                    + " characters that can be carried.");
        }
        return sealed;
    }

    private static String digest(byte[] bytes) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Sha256.begin().digest(bytes));
    }

    private static ObjectNode withoutRounds(ObjectNode params) {
        ObjectNode call = Json.object();
        params.properties().forEach(member -> {
            if (!NOT_OF_THE_CALL.contains(member.getKey())) {
                call.set(member.getKey(), member.getValue());
            }
        });
        return call;
    }

    /** The same value whatever the order of its members, since clients may write them anew. */
    private static JsonNode sorted(JsonNode value) {
        if (value.isObject()) {
            ObjectNode object = Json.object();
            Map<String, JsonNode> members = new TreeMap<>();
            value.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
            members.forEach((name, member) -> object.set(name, sorted(member)));
            return object;
        }
        if (value.isArray()) {
            ArrayNode array = Json.mapper().createArrayNode();
            value.forEach(element -> array.add(sorted(element)));
            return array;
        }
        return value;
    }
}
