package dev.devmesh.question;

import dev.devmesh.call.ClientCapability;
import dev.devmesh.content.ContentForm;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.schema.JsonSchema;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Something that a handler asks the client that called it.
 *
 * <p>A question has a key, unique within its call, under which the answer comes back. The same call must ask the same
 * question under the same key every time it runs: see {@link Asking}.
 *
 * <p>Immutable.
 */
public sealed interface Question {

    /** Under what the answer comes back. */
    String key();

    /** What the client must be able to do. */
    ClientCapability needs();

    /** The method of the request that carries the question. */
    String method();

    /** The parameters of that request. */
    ObjectNode params();

    /** The answer in a client's response, or empty if the response does not answer this question. */
    Optional<Answer> read(JsonNode response);

    /** Is the same only for questions that a client sees as the same: a hash of method and parameters. */
    default String digest() {
        return QuestionDigest.of(this);
    }

    /** Whether an answer counts only when the client can prove that it was asked. */
    default boolean needsProof() {
        return false;
    }

    /** Asks the user to fill in a form: a record of texts, numbers, booleans, enums and lists of enums. */
    static Form form(String key, String message, Class<?> record) {
        return new Form(key, message, JsonSchema.of(record), false);
    }

    /** Asks the user to fill in a form of this schema. */
    static Form form(String key, String message, JsonSchema schema) {
        return new Form(key, message, schema, false);
    }

    /** Sends the user to a web page. */
    static Visit visit(String key, String message, URI page) {
        return new Visit(key, message, page);
    }

    /** Asks the client's language model. */
    static Sample sample(String key, Sampling sampling) {
        return new Sample(key, sampling);
    }

    /** Asks for the folders that the user works in. */
    static Folders roots(String key) {
        return new Folders(key);
    }

    /**
     * A form for the user.
     *
     * @param key under what the answer comes back
     * @param message what the user reads above the form
     * @param schema of the answer: a flat object of simple members, as MCP has it ("Elicitation")
     * @param needsProof whether an answer counts only when the client can prove that it was asked
     */
    record Form(String key, String message, JsonSchema schema, boolean needsProof) implements Question {

        private static final Set<String> SIMPLE = Set.of("string", "number", "integer", "boolean");

        /** Checks that the schema is flat. */
        public Form {
            requireKey(key);
            Objects.requireNonNull(message, "message");
            ObjectNode json = schema.json();
            json.path("properties").properties().forEach(member -> {
                JsonNode type = member.getValue().path("type");
                boolean choices = type.asString("").equals("array")
                        && !member.getValue()
                                .path("items")
                                .path("type")
                                .asString("")
                                .equals("object");
                if (!SIMPLE.contains(type.asString("")) && !choices) {
                    throw new IllegalArgumentException("question '" + key + "': the member '" + member.getKey()
                            + "' of a form must be a text, a number, a boolean or a choice");
                }
            });
        }

        @Override
        public ClientCapability needs() {
            return ClientCapability.ELICITATION;
        }

        @Override
        public String method() {
            return "elicitation/create";
        }

        @Override
        public ObjectNode params() {
            ObjectNode params = Json.object().put("mode", "form").put("message", message);
            ObjectNode json = schema.json();
            ObjectNode requested = params.putObject("requestedSchema").put("type", "object");
            requested.set("properties", json.path("properties").isObject() ? json.get("properties") : Json.object());
            if (json.has("required")) {
                requested.set("required", json.get("required"));
            }
            return params;
        }

        @Override
        public Optional<Answer> read(JsonNode response) {
            return switch (response.path("action").asString("")) {
                case "accept" -> accepted(response.path("content"));
                case "decline" -> Optional.of(new Answer.Declined());
                case "cancel" -> Optional.of(new Answer.Cancelled());
                default -> Optional.empty();
            };
        }

        /** Members that the form did not ask for are left out: nothing told the client that they are unwelcome. */
        private Optional<Answer> accepted(JsonNode content) {
            if (!(content instanceof ObjectNode given)) {
                return Optional.empty();
            }
            ObjectNode asked = Json.object();
            schema.json().path("properties").propertyNames().forEach(name -> {
                if (given.has(name)) {
                    asked.set(name, given.get(name));
                }
            });
            return schema.validate(asked).isEmpty() ? Optional.of(new Answer.Accepted(asked)) : Optional.empty();
        }
    }

    /**
     * A web page for the user. To accept means only that the user agreed to open it.
     *
     * @param key under what the answer comes back
     * @param message why the user should go there
     * @param page an https address, or http on the local machine; must hold no secret and no personal data
     */
    record Visit(String key, String message, URI page) implements Question {

        /** Checks the address. */
        public Visit {
            requireKey(key);
            Objects.requireNonNull(message, "message");
            boolean local = "localhost".equals(page.getHost()) || "127.0.0.1".equals(page.getHost());
            if (!"https".equals(page.getScheme()) && !("http".equals(page.getScheme()) && local)) {
                throw new IllegalArgumentException("question '" + key + "': the page must have an https address");
            }
        }

        @Override
        public ClientCapability needs() {
            return ClientCapability.ELICITATION_URL;
        }

        @Override
        public String method() {
            return "elicitation/create";
        }

        @Override
        public ObjectNode params() {
            return Json.object().put("mode", "url").put("message", message).put("url", page.toString());
        }

        @Override
        public Optional<Answer> read(JsonNode response) {
            return switch (response.path("action").asString("")) {
                case "accept" -> Optional.of(new Answer.Accepted(Json.object()));
                case "decline" -> Optional.of(new Answer.Declined());
                case "cancel" -> Optional.of(new Answer.Cancelled());
                default -> Optional.empty();
            };
        }
    }

    /**
     * A conversation for the client's language model to go on with.
     *
     * @param key under what the answer comes back
     * @param sampling the conversation
     */
    record Sample(String key, Sampling sampling) implements Question {

        /** Checks that nothing is missing. */
        public Sample {
            requireKey(key);
            Objects.requireNonNull(sampling, "sampling");
        }

        @Override
        public ClientCapability needs() {
            return sampling.more().has("tools") ? ClientCapability.SAMPLING_TOOLS : ClientCapability.SAMPLING;
        }

        @Override
        public String method() {
            return "sampling/createMessage";
        }

        @Override
        public ObjectNode params() {
            ObjectNode params = sampling.more().deepCopy();
            JsonWritable messages = out -> {
                out.writeStartArray();
                sampling.messages().forEach(message -> ContentForm.write(out, message));
                out.writeEndArray();
            };
            params.set("messages", Json.parse(Json.bytes(messages)));
            params.put("maxTokens", sampling.maxTokens());
            if (!sampling.systemPrompt().isEmpty()) {
                params.put("systemPrompt", sampling.systemPrompt());
            }
            return params;
        }

        @Override
        public Optional<Answer> read(JsonNode response) {
            JsonNode content = response.path("content");
            boolean wellFormed = response.path("role").isString()
                    && response.path("model").isString()
                    && (content.isObject() || content.isArray());
            return wellFormed ? Optional.of(new Answer.Sampled((ObjectNode) response)) : Optional.empty();
        }
    }

    /**
     * The folders that the user works in.
     *
     * @param key under what the answer comes back
     */
    record Folders(String key) implements Question {

        /** Checks the key. */
        public Folders {
            requireKey(key);
        }

        @Override
        public ClientCapability needs() {
            return ClientCapability.ROOTS;
        }

        @Override
        public String method() {
            return "roots/list";
        }

        @Override
        public ObjectNode params() {
            return Json.object();
        }

        @Override
        public Optional<Answer> read(JsonNode response) {
            if (!response.path("roots").isArray()) {
                return Optional.empty();
            }
            List<Answer.Root> roots = new ArrayList<>();
            for (JsonNode root : response.path("roots")) {
                if (!root.path("uri").asString("").startsWith("file://")) {
                    return Optional.empty();
                }
                roots.add(new Answer.Root(
                        root.path("uri").asString(), root.path("name").asString("")));
            }
            return Optional.of(new Answer.Roots(roots));
        }
    }

    private static void requireKey(String key) {
        if (key.isBlank() || key.length() > 128) {
            throw new IllegalArgumentException("a question needs a key of 1 to 128 characters");
        }
    }
}
