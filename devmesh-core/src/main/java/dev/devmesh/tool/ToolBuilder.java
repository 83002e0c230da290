package dev.devmesh.tool;

import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.ExecutionMode;
import dev.devmesh.content.Icon;
import dev.devmesh.json.Json;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.question.Question;
import dev.devmesh.schema.InvalidSchema;
import dev.devmesh.schema.JsonSchema;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts a tool together; {@code handle} ends it.
 *
 * <p>Whatever does not fit is refused at once by an {@link IllegalArgumentException} that names the tool and the reason.
 * Confined to its caller.
 *
 * @param <I> the type of the arguments
 * @param <O> the type of the result
 */
public final class ToolBuilder<I, O> {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    private final String name;
    private final Set<ClientCapability> requires = EnumSet.noneOf(ClientCapability.class);
    private final List<Icon> icons = new ArrayList<>();
    private final ObjectNode meta = Json.object();
    private String title = "";
    private String description = "";
    private JsonSchema input = JsonSchema.empty();
    private Type inputType = ObjectNode.class;
    private @Nullable JsonSchema output;
    private @Nullable Boolean readOnly;
    private @Nullable Boolean destructive;
    private @Nullable Boolean idempotent;
    private @Nullable Boolean openWorld;
    private @Nullable Duration timeout;
    private OptionalInt concurrency = OptionalInt.empty();
    private int weight = 1;
    private boolean longRunning;
    private boolean nonBlocking;
    private @Nullable Function<Object, String> confirmation;
    private @Nullable Function<Object, List<Question>> firstQuestions;

    ToolBuilder(String name) {
        this.name = name;
        if (!NAME.matcher(name).matches()) {
            throw refused("its name must have 1 to 128 characters of A-Z a-z 0-9 _ . -");
        }
    }

    /** A name for people. */
    public ToolBuilder<I, O> title(String text) {
        title = Objects.requireNonNull(text, "title");
        return this;
    }

    /** What the tool does and when to use it, for people and language models. */
    public ToolBuilder<I, O> describedAs(String text) {
        description = Objects.requireNonNull(text, "description");
        return this;
    }

    /** The arguments are a record of this type; the schema follows from it. */
    @SuppressWarnings("unchecked")
    public <T> ToolBuilder<T, O> input(Class<T> type) {
        input = schema("input", () -> JsonSchema.of(type));
        inputType = type;
        return (ToolBuilder<T, O>) this;
    }

    /** The arguments are an object of this JSON Schema (2020-12). */
    public ToolBuilder<I, O> inputSchema(JsonNode schema) {
        input = schema("input", () -> JsonSchema.parse(schema));
        return this;
    }

    /** The arguments are an object of this JSON Schema (2020-12), given as JSON text. */
    public ToolBuilder<I, O> inputSchema(String schema) {
        input = schema("input", () -> JsonSchema.parse(schema));
        return this;
    }

    /** The result is a value of this type, sent as data and as text. */
    @SuppressWarnings("unchecked")
    public <T> ToolBuilder<I, T> output(Class<T> type) {
        output = schema("output", () -> JsonSchema.of(type));
        return (ToolBuilder<I, T>) this;
    }

    /** The result is data of this JSON Schema (2020-12). */
    public ToolBuilder<I, O> outputSchema(JsonNode schema) {
        output = schema("output", () -> JsonSchema.parse(schema));
        return this;
    }

    /** Hint: changes nothing. */
    public ToolBuilder<I, O> readOnly() {
        readOnly = true;
        return this;
    }

    /** Hint: may destroy something. */
    public ToolBuilder<I, O> destructive() {
        destructive = true;
        return this;
    }

    /** Hint: only adds, never destroys. */
    public ToolBuilder<I, O> additive() {
        destructive = false;
        return this;
    }

    /** Hint, and a promise to the mesh: calling it again with the same arguments changes nothing more. */
    public ToolBuilder<I, O> idempotent() {
        idempotent = true;
        return this;
    }

    /** Hint: reaches nothing outside this mesh. */
    public ToolBuilder<I, O> closedWorld() {
        openWorld = false;
        return this;
    }

    /** A picture; the first one given is the preferred. */
    public ToolBuilder<I, O> icon(Icon icon) {
        icons.add(icon);
        return this;
    }

    /** A member of {@code _meta} in listings, with a prefix of your own such as {@code com.example/unit}. */
    public ToolBuilder<I, O> meta(String key, Object value) {
        meta.set(key, Json.tree(value));
        return this;
    }

    /**
     * Callers whose client has not declared these are refused. A tool that requires {@link ClientCapability#TASKS} is
     * {@link #longRunning} and never makes its caller wait.
     */
    public ToolBuilder<I, O> requires(ClientCapability... capabilities) {
        requires.addAll(List.of(capabilities));
        return this;
    }

    /** How long a call may take; more than the mesh's {@code maxToolTimeout} is refused at registration. */
    public ToolBuilder<I, O> timeout(Duration longest) {
        if (longest.isNegative() || longest.isZero()) {
            throw refused("its timeout must be longer than zero, is " + longest);
        }
        timeout = longest;
        return this;
    }

    /** How many calls may run at once. */
    public ToolBuilder<I, O> concurrency(int calls) {
        if (calls < 1) {
            throw refused("its concurrency must be at least 1, is " + calls);
        }
        concurrency = OptionalInt.of(calls);
        return this;
    }

    /**
     * As how many requests a call counts in its caller's rate, 1 when not given. Operators may say otherwise. A call that counts for
     * more than the burst of the caller's plan is never admitted.
     *
     * @param requests 1 to {@link RateLimits#MAX_WEIGHT}
     */
    public ToolBuilder<I, O> weight(int requests) {
        if (requests < 1 || requests > RateLimits.MAX_WEIGHT) {
            throw refused("its weight must be 1 to " + RateLimits.MAX_WEIGHT + ", is " + requests);
        }
        weight = requests;
        return this;
    }

    /**
     * The tool takes its time. A client that can come back later ({@link ClientCapability#TASKS}) gets a task at once and
     * fetches the result when there is one; any other waits for it.
     */
    public ToolBuilder<I, O> longRunning() {
        longRunning = true;
        return this;
    }

    /** The handler never waits, so it runs without a change of thread. A handler that waits all the same stops the server. */
    public ToolBuilder<I, O> nonBlocking() {
        nonBlocking = true;
        return this;
    }

    /**
     * Asks the user before the handler runs: yes or no to a sentence made of the arguments. The handler runs only after a
     * yes that the client can prove to be an answer to this very question.
     */
    @SuppressWarnings("unchecked")
    public ToolBuilder<I, O> confirm(Function<? super I, String> sentence) {
        Objects.requireNonNull(sentence, "sentence");
        confirmation = in -> sentence.apply((I) in);
        return this;
    }

    /**
     * Asks the client before the handler runs: questions made of the arguments, all in one round. Their answers are handed
     * to a {@link ToolHandler.WithAnswers}. Where the call becomes a task, they are asked before there is one, while the
     * client waits.
     */
    @SuppressWarnings("unchecked")
    public ToolBuilder<I, O> asksFirst(Function<? super I, List<Question>> questions) {
        Objects.requireNonNull(questions, "questions");
        firstQuestions = in -> questions.apply((I) in);
        return this;
    }

    /** Ends the tool with a handler that may block. */
    @SuppressWarnings("unchecked")
    public Tool handle(ToolHandler<I, ? extends O> handler) {
        Objects.requireNonNull(handler, "handler");
        return build(
                nonBlocking ? ExecutionMode.NON_BLOCKING : ExecutionMode.BLOCKING,
                false,
                (call, in, answers) -> handler.handle(call, (I) in));
    }

    /** Ends the tool with a handler that may block and needs the answers to what the tool {@link #asksFirst asks first}. */
    @SuppressWarnings("unchecked")
    public Tool handle(ToolHandler.WithAnswers<I, ? extends O> handler) {
        Objects.requireNonNull(handler, "handler");
        return build(
                nonBlocking ? ExecutionMode.NON_BLOCKING : ExecutionMode.BLOCKING,
                true,
                (call, in, answers) -> handler.handle(call, (I) in, answers));
    }

    /** Ends the tool with a handler that needs no arguments. */
    public Tool handle(ToolHandler.OfCall<? extends O> handler) {
        Objects.requireNonNull(handler, "handler");
        return build(
                nonBlocking ? ExecutionMode.NON_BLOCKING : ExecutionMode.BLOCKING,
                false,
                (call, in, answers) -> handler.handle(call));
    }

    /** Ends the tool with a handler that is asynchronous already. It must not wait before it returns its stage. */
    @SuppressWarnings("unchecked")
    public Tool handleAsync(ToolHandler.Async<I, O> handler) {
        Objects.requireNonNull(handler, "handler");
        return build(ExecutionMode.ASYNC, false, (call, in, answers) -> handler.handle(call, (I) in));
    }

    private Tool build(ExecutionMode mode, boolean takesAnswers, Tool.Work work) {
        if (takesAnswers != (firstQuestions != null)) {
            throw refused(
                    takesAnswers
                            ? "its handler takes answers, but nothing is asked first; call asksFirst"
                            : "it asks first, but its handler takes no answers; give it (call, in, answers) -> …");
        }
        if (!"object".equals(input.json().path("type").asString(""))) {
            throw refused("its input schema must have \"type\": \"object\" at its root");
        }
        ToolHints hints = new ToolHints(
                Optional.ofNullable(readOnly),
                Optional.ofNullable(destructive),
                Optional.ofNullable(idempotent),
                Optional.ofNullable(openWorld));
        ToolSpec spec = new ToolSpec(
                name,
                title,
                description,
                input,
                Optional.ofNullable(output),
                hints,
                icons,
                meta.deepCopy(),
                requires,
                Optional.ofNullable(timeout),
                concurrency,
                weight,
                longRunning || requires.contains(ClientCapability.TASKS),
                mode);
        return new Tool(spec, inputType, new Opening(confirmation, firstQuestions), work);
    }

    private JsonSchema schema(String which, Supplier<JsonSchema> source) {
        try {
            return source.get();
        } catch (InvalidSchema e) {
            throw refused("its " + which + " schema: " + e.getMessage());
        }
    }

    private IllegalArgumentException refused(String reason) {
        return new IllegalArgumentException("Tool '" + name + "': " + reason);
    }
}
