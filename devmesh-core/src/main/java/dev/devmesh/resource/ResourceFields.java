package dev.devmesh.resource;

import dev.devmesh.auth.Scopes;
import dev.devmesh.call.HandlerSettings;
import dev.devmesh.content.Annotations;
import dev.devmesh.content.Icon;
import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * What can be said of resources and of templates alike.
 *
 * @param <B> the builder
 */
abstract class ResourceFields<B extends ResourceFields<B>> {

    private final List<Icon> icons = new ArrayList<>();
    private final ObjectNode meta = Json.object();
    private String name;
    private String title = "";
    private String description = "";
    private String mimeType = "";
    private Annotations annotations = Annotations.none();
    private String permission = ResourceSpec.READ;
    private Duration cacheFor = Duration.ZERO;
    private HandlerSettings handler = HandlerSettings.defaults();
    OptionalLong size = OptionalLong.empty();

    ResourceFields(String address) {
        this.name = address;
    }

    abstract B self();

    /** What programs call it; the address by default. */
    public B named(String text) {
        name = Objects.requireNonNull(text, "name");
        return self();
    }

    /** A name for people. */
    public B title(String text) {
        title = Objects.requireNonNull(text, "title");
        return self();
    }

    /** What it is, for people and language models. */
    public B describedAs(String text) {
        description = Objects.requireNonNull(text, "description");
        return self();
    }

    /** The type of what is read, for example {@code text/plain}. */
    public B mimeType(String type) {
        mimeType = Objects.requireNonNull(type, "mimeType");
        return self();
    }

    /** For whom it is, and how much it matters. */
    public B annotations(Annotations hints) {
        annotations = Objects.requireNonNull(hints, "annotations");
        return self();
    }

    /** A picture; the first one given is the preferred. */
    public B icon(Icon icon) {
        icons.add(Objects.requireNonNull(icon, "icon"));
        return self();
    }

    /** A member of {@code _meta} in listings, with a prefix of your own such as {@code com.example/unit}. */
    public B meta(String key, Object value) {
        meta.set(key, Json.tree(value));
        return self();
    }

    /** What a caller needs to see and read it, instead of {@value ResourceSpec#READ}. */
    public B permission(String scope) {
        Scopes.of(scope);
        permission = scope;
        return self();
    }

    /** For how long a client may keep what it read; by default it must not. Hints do not guard: other clients never see it. */
    public B cacheFor(Duration time) {
        cacheFor = Objects.requireNonNull(time, "time");
        return self();
    }

    /** How long reading may take; more than the mesh's {@code maxToolTimeout} is refused at registration. */
    public B timeout(Duration longest) {
        handler = handler.timeout(longest);
        return self();
    }

    /** How many may read at once. */
    public B concurrency(int calls) {
        handler = handler.concurrency(calls);
        return self();
    }

    /** The reader never waits, so it runs without a change of thread. A reader that waits all the same stops the server. */
    public B nonBlocking() {
        handler = handler.nonBlocking();
        return self();
    }

    ResourceSpec spec(String what) {
        try {
            return new ResourceSpec(
                    name,
                    title,
                    description,
                    mimeType,
                    size,
                    annotations,
                    icons,
                    meta.deepCopy(),
                    permission,
                    cacheFor,
                    handler);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(what + ": " + e.getMessage(), e);
        }
    }
}
