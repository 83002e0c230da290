package dev.devmesh.resource;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.Call;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.CallRunner;
import dev.devmesh.call.Caller;
import dev.devmesh.call.Execution;
import dev.devmesh.call.Roster;
import dev.devmesh.completion.Completers;
import dev.devmesh.completion.Completion;
import dev.devmesh.completion.CompletionRequest;
import dev.devmesh.content.ContentSize;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.json.Json;
import dev.devmesh.limit.Admission;
import dev.devmesh.tool.ToolException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one way to read a resource, for every protocol and for the program itself.
 *
 * <p>A call passes, in this order: the address is a URI, something is registered for it, the caller may read it, the caller's
 * rate allows it, a permit is free. Only then {@link CallRunner} runs the reader. What it returns is held to the size limit.
 *
 * <p>Safe for use by many threads.
 */
public final class ResourceInvoker {

    private final ResourceRegistry registry;
    private final Admission admission;
    private final Limits limits;
    private final CallRunner runner;
    private final Completers completers;

    /** Reads the resources of the registry. */
    public ResourceInvoker(ResourceRegistry registry, Admission admission, Limits limits, CallRunner runner) {
        this.registry = registry;
        this.admission = admission;
        this.limits = limits;
        this.runner = runner;
        this.completers = new Completers(admission, limits, runner);
    }

    /** What can be read. */
    public ResourceRegistry registry() {
        return registry;
    }

    /** Reads an address. Never throws: what goes wrong ends the execution's result. */
    public Execution<Reading> read(String uri, Caller caller) {
        long began = System.nanoTime();
        ResourceRegistry.Found found;
        try {
            found = admit(uri, caller);
        } catch (MeshException refusal) {
            return runner.refuse(new CallRequest(uri, Json.object(), caller), CallPolicy.Kind.RESOURCE, began, refusal);
        }
        ObjectNode arguments = Json.object();
        found.variables().forEach(arguments::put);
        CallPolicy policy = found.spec().handler().policy(CallPolicy.Kind.RESOURCE, limits, found.permits());
        return runner.run(new CallRequest(uri, arguments, caller), policy, began, call -> read(call, uri, found));
    }

    /** Proposes values for a variable of a template. Never throws: what goes wrong ends the execution's result. */
    public Execution<Completion> complete(CompletionRequest request) {
        return completers.complete(request, asked -> {
            String uri = asked.of();
            Optional<Roster.Entry<ResourceTemplate>> template = registry.templateEntry(uri);
            if (template.isPresent()) {
                ResourceTemplate item = template.get().item();
                requirePermission(asked.caller().principal(), item.spec());
                return new Completers.Target(
                        item.template().variables(),
                        item.completers(),
                        template.get().permits());
            }
            ResourceRegistry.Found found = find(uri);
            requirePermission(asked.caller().principal(), found.spec());
            return new Completers.Target(List.of(), Map.of(), found.permits());
        });
    }

    /** Finds the resource, and passes or refuses the call. Takes a permit if it passes. */
    private ResourceRegistry.Found admit(String uri, Caller caller) {
        ResourceRegistry.Found found = find(uri);
        requirePermission(caller.principal(), found.spec());
        if (!caller.charged()) {
            admission.charge(caller.principal(), 1);
        }
        if (!found.permits().tryTake()) {
            throw CallRunner.noPermit(CallPolicy.Kind.RESOURCE, uri, found.permits());
        }
        return found;
    }

    private ResourceRegistry.Found find(String uri) {
        UriSyntax.problem(uri).ifPresent(problem -> {
            throw new MeshException(ErrorCode.INVALID_VALUE, "The address of the resource " + problem + ".", "");
        });
        return registry.lookUp(uri).orElseThrow(() -> new ResourceNotFoundException(uri));
    }

    private static void requirePermission(Principal principal, ResourceSpec spec) {
        principal.require(spec.permission(), "this resource");
    }

    private Reading read(Call call, String uri, ResourceRegistry.Found found) throws Exception {
        Object value;
        try {
            value = found.reader().read(call);
        } catch (ToolException refusal) {
            throw new MeshException(ErrorCode.HANDLER_REFUSED, String.valueOf(refusal.getMessage()), "");
        }
        List<ResourceContents> contents = contents(uri, found.spec().mimeType(), value);
        if (contents.isEmpty()) {
            throw new ResourceNotFoundException(uri);
        }
        if (contents.stream().mapToLong(ContentSize::of).sum() > limits.toolOutputBytes()) {
            throw new MeshException(
                    ErrorCode.HANDLER_OUTPUT_TOO_LARGE,
                    "The resource holds more than the " + limits.toolOutputBytes() + " bytes that a result may have.",
                    "");
        }
        return new Reading(contents, found.spec().cacheFor());
    }

    private static List<ResourceContents> contents(String uri, String mimeType, @Nullable Object value) {
        if (value == null) {
            return List.of();
        }
        if (value instanceof ResourceContents contents) {
            return List.of(contents);
        }
        if (value instanceof String text) {
            return List.of(new ResourceContents.Text(uri, mimeType, text));
        }
        if (value instanceof byte[] bytes) {
            return List.of(new ResourceContents.Blob(uri, mimeType, bytes));
        }
        if (value instanceof List<?> several && several.stream().allMatch(ResourceContents.class::isInstance)) {
            return several.stream().map(ResourceContents.class::cast).toList();
        }
        throw new IllegalStateException(
                "a reader must return a String, a byte[], ResourceContents or a list of these, not "
                        + value.getClass().getName());
    }
}
