package dev.devmesh.prompt;

import dev.devmesh.call.HandlerSettings;
import dev.devmesh.completion.Completer;
import dev.devmesh.content.Icon;
import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts a prompt together; {@link #handle} ends it.
 *
 * <p>Whatever does not fit is refused at once by an {@link IllegalArgumentException} that names the prompt and the reason.
 * Confined to its caller.
 */
public final class PromptBuilder {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    private final String name;
    private final Map<String, PromptArgument> arguments = new LinkedHashMap<>();
    private final Map<String, Completer> completers = new HashMap<>();
    private final List<Icon> icons = new ArrayList<>();
    private final ObjectNode meta = Json.object();
    private String title = "";
    private String description = "";
    private HandlerSettings settings = HandlerSettings.defaults();

    PromptBuilder(String name) {
        this.name = name;
        if (!NAME.matcher(name).matches()) {
            throw refused("its name must have 1 to 128 characters of A-Z a-z 0-9 _ . -");
        }
    }

    /** A name for people. */
    public PromptBuilder title(String text) {
        title = Objects.requireNonNull(text, "title");
        return this;
    }

    /** What the prompt is for, for people. */
    public PromptBuilder describedAs(String text) {
        description = Objects.requireNonNull(text, "description");
        return this;
    }

    /** An argument that must have a value. */
    public PromptBuilder argument(String called) {
        return argument(called, "");
    }

    /** An argument that must have a value, and what it means. */
    public PromptBuilder argument(String called, String meaning) {
        return add(called, meaning, true);
    }

    /** An argument that may have a value. */
    public PromptBuilder optionalArgument(String called) {
        return optionalArgument(called, "");
    }

    /** An argument that may have a value, and what it means. */
    public PromptBuilder optionalArgument(String called, String meaning) {
        return add(called, meaning, false);
    }

    private PromptBuilder add(String called, String meaning, boolean required) {
        PromptArgument argument;
        try {
            argument = new PromptArgument(called, meaning, required);
        } catch (IllegalArgumentException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
        if (arguments.putIfAbsent(called, argument) != null) {
            throw refused("it has the argument '" + called + "' already");
        }
        return this;
    }

    /** Proposes values for an argument named before, while a person types. */
    public PromptBuilder completes(String argument, Completer completer) {
        if (!arguments.containsKey(argument)) {
            throw refused("it has no argument '" + argument + "'; name the arguments before their completers");
        }
        completers.put(argument, Objects.requireNonNull(completer, "completer"));
        return this;
    }

    /** A picture; the first one given is the preferred. */
    public PromptBuilder icon(Icon icon) {
        icons.add(Objects.requireNonNull(icon, "icon"));
        return this;
    }

    /** A member of {@code _meta} in listings, with a prefix of your own such as {@code com.example/unit}. */
    public PromptBuilder meta(String key, Object value) {
        meta.set(key, Json.tree(value));
        return this;
    }

    /** How long a call may take; more than the mesh's {@code maxToolTimeout} is refused at registration. */
    public PromptBuilder timeout(Duration longest) {
        return settings(() -> settings.timeout(longest));
    }

    /** How many calls may run at once. */
    public PromptBuilder concurrency(int calls) {
        return settings(() -> settings.concurrency(calls));
    }

    /** The handler never waits, so it runs without a change of thread. A handler that waits all the same stops the server. */
    public PromptBuilder nonBlocking() {
        settings = settings.nonBlocking();
        return this;
    }

    /** Ends the prompt with what makes its messages. */
    public Prompt handle(PromptHandler handler) {
        PromptSpec spec = new PromptSpec(
                name, title, description, List.copyOf(arguments.values()), icons, meta.deepCopy(), settings);
        return new Prompt(spec, completers, Objects.requireNonNull(handler, "handler"));
    }

    private PromptBuilder settings(Supplier<HandlerSettings> changed) {
        try {
            settings = changed.get();
        } catch (IllegalArgumentException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
        return this;
    }

    private IllegalArgumentException refused(String reason) {
        return new IllegalArgumentException("Prompt '" + name + "': " + reason);
    }
}
