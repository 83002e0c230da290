package dev.devmesh.resource;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.Permits;
import dev.devmesh.call.Roster;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * The resources and resource templates of a mesh by address, in the order in which they were registered.
 *
 * <p>An address is looked up among the resources first, then among the templates in their order: the first that matches is read.
 *
 * <p>Copy on write: reading takes no lock and sees a consistent set. Safe for use by many threads.
 */
public final class ResourceRegistry {

    /** Hears of changes, on the changing thread; must not wait. */
    public interface Listener {

        /** The set of resources or templates changed. */
        void resourcesChanged();

        /**
         * What is behind an address changed.
         *
         * @param uri the address
         * @param tenant whose it is, or empty if it is the same for all who may read it
         */
        void resourceUpdated(String uri, Optional<Tenant> tenant);
    }

    /** What an address leads to. */
    record Found(ResourceSpec spec, Permits permits, Map<String, String> variables, ResourceReader reader) {}

    private final Roster<Resource> resources;
    private final Roster<ResourceTemplate> templates;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    /** An empty registry whose resources keep within these limits. */
    public ResourceRegistry(Limits limits) {
        this.resources = new Roster<>(
                "A resource",
                Resource::uri,
                resource -> resource.spec().handler().permits("Resource '" + resource.uri() + "'", limits));
        this.templates = new Roster<>(
                "A resource template",
                template -> template.template().text(),
                template ->
                        template.spec().handler().permits("Resource template '" + template.template() + "'", limits));
        resources.onChange(version -> changed());
        templates.onChange(version -> changed());
    }

    private void changed() {
        listeners.forEach(Listener::resourcesChanged);
    }

    /**
     * Adds a resource.
     *
     * @throws MeshException with {@link ErrorCode#ALREADY_EXISTS} if its address is taken
     * @throws IllegalArgumentException if it asks for more than the mesh's limits allow
     */
    public void register(Resource resource) {
        resources.addAll(List.of(resource));
    }

    /**
     * Adds a template.
     *
     * @throws MeshException with {@link ErrorCode#ALREADY_EXISTS} if there is the same one
     * @throws IllegalArgumentException if it asks for more than the mesh's limits allow
     */
    public void register(ResourceTemplate template) {
        templates.addAll(List.of(template));
    }

    /**
     * Takes a resource or a template out; calls that read it go on.
     *
     * @param address the address or the template, as it was registered
     * @return whether there was one
     */
    public boolean unregister(String address) {
        return resources.remove(address) || templates.remove(address);
    }

    /** Tells those who listen that what is behind an address changed, for all who may read it. */
    public void updated(String uri) {
        listeners.forEach(listener -> listener.resourceUpdated(uri, Optional.empty()));
    }

    /** Tells those of this tenant who listen that what is behind an address changed. */
    public void updated(Tenant tenant, String uri) {
        listeners.forEach(listener -> listener.resourceUpdated(uri, Optional.of(tenant)));
    }

    /** The resource at exactly this address. */
    public Optional<Resource> find(String uri) {
        Roster.Entry<Resource> entry = resources.entry(uri);
        return entry == null ? Optional.empty() : Optional.of(entry.item());
    }

    /** The first template that an address is of. */
    public Optional<ResourceTemplate> templateOf(String uri) {
        return templates.all().stream()
                .filter(template -> template.template().match(uri).isPresent())
                .findFirst();
    }

    /** What a caller needs to read this address; where there is nothing, what most resources need. */
    public String permissionFor(String uri) {
        return find(uri)
                .map(Resource::spec)
                .or(() -> templateOf(uri).map(ResourceTemplate::spec))
                .map(ResourceSpec::permission)
                .orElse(ResourceSpec.READ);
    }

    /** All resources, in the order of their registration. */
    public List<Resource> all() {
        return resources.all();
    }

    /** All templates, in the order of their registration. */
    public List<ResourceTemplate> templates() {
        return templates.all();
    }

    /** The resources that this caller may read, in the order of their registration. */
    public List<Resource> visibleTo(Principal principal) {
        return visible(all(), resource -> principal.may(resource.spec().permission()));
    }

    /** The templates whose resources this caller may read, in the order of their registration. */
    public List<ResourceTemplate> templatesVisibleTo(Principal principal) {
        return visible(templates(), template -> principal.may(template.spec().permission()));
    }

    private static <T> List<T> visible(List<T> all, Predicate<T> permitted) {
        return all.stream().allMatch(permitted)
                ? all
                : all.stream().filter(permitted).toList();
    }

    /** Counts the changes: as long as it stays the same, so do the resources and the templates. */
    public long version() {
        return resources.version() + templates.version();
    }

    /** Has each later change told. */
    public void onChange(Listener listener) {
        listeners.add(listener);
    }

    /** What this address leads to. */
    Optional<Found> lookUp(String uri) {
        Roster.Entry<Resource> exact = resources.entry(uri);
        if (exact != null) {
            Resource resource = exact.item();
            return Optional.of(new Found(resource.spec(), exact.permits(), Map.of(), resource.reader()));
        }
        for (ResourceTemplate template : templates.all()) {
            Optional<Map<String, String>> match = template.template().match(uri);
            Roster.Entry<ResourceTemplate> entry =
                    match.isEmpty() ? null : templates.entry(template.template().text());
            if (entry != null) {
                Map<String, String> variables = match.orElseThrow();
                ResourceReader reader = call -> template.reader().read(call, variables);
                return Optional.of(new Found(template.spec(), entry.permits(), variables, reader));
            }
        }
        return Optional.empty();
    }

    /** The template of exactly this text, else the first that an address is of. */
    Optional<Roster.Entry<ResourceTemplate>> templateEntry(String textOrUri) {
        Roster.Entry<ResourceTemplate> exact = templates.entry(textOrUri);
        return exact != null
                ? Optional.of(exact)
                : templateOf(textOrUri)
                        .map(template -> templates.entry(template.template().text()));
    }
}
