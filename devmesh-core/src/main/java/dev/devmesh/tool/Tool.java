package dev.devmesh.tool;

import dev.devmesh.call.Call;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonBinding;
import dev.devmesh.question.Answers;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Something that an agent can have done: what it is, and how.
 *
 * <p>Immutable. Its handler must be safe for use by many threads.
 */
public final class Tool {

    /** A handler of any mode, seen from the invoker: gives a result, or a {@code CompletionStage} of one. */
    interface Work {
        Object run(Call call, Object input, Answers answers) throws Exception;
    }

    private final ToolSpec spec;
    private final @Nullable JsonBinding<Object> binding;
    private final Opening opening;
    private final Work work;

    Tool(ToolSpec spec, Type inputType, Opening opening, Work work) {
        this.spec = spec;
        this.binding = inputType == ObjectNode.class ? null : Json.binding(inputType);
        this.opening = opening;
        this.work = work;
    }

    /** Begins a tool of this name: 1 to 128 characters of {@code A-Z a-z 0-9 _ . -}. */
    public static ToolBuilder<ObjectNode, Object> named(String name) {
        return new ToolBuilder<>(name);
    }

    /** A tool in one line. */
    public static <I> Tool of(String name, String description, Class<I> input, ToolHandler<I, Object> handler) {
        return named(name).describedAs(description).input(input).handle(handler);
    }

    /** Everything about the tool but how it does its work. */
    public ToolSpec spec() {
        return spec;
    }

    /** The tool's name. */
    public String name() {
        return spec.name();
    }

    /** Asks what is to be asked first, then does the work. */
    Object run(Call call) throws Exception {
        Object input = input(call);
        return work.run(call, input, opening.ask(call, input));
    }

    /** Asks what is to be asked first, and nothing more. */
    void open(Call call) {
        opening.ask(call, input(call));
    }

    private Object input(Call call) {
        ObjectNode arguments = call.arguments();
        return binding == null ? arguments : binding.read(arguments);
    }

    @Override
    public String toString() {
        return "Tool[" + spec.name() + "]";
    }
}
