package dev.devmesh.client;

import dev.devmesh.Revision;
import dev.devmesh.call.HandlerThreads;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.json.Json;
import dev.devmesh.prompt.PromptResult;
import dev.devmesh.schema.HeaderMember;
import dev.devmesh.tool.ToolResult;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client of one MCP server, of any revision since 2025-03-26, over HTTP, WebSocket or as a process of this machine.
 *
 * <pre>{@code
 * try (McpClient client = McpClient.builder(URI.create("http://127.0.0.1:8080/mcp")).apiKey(key).build()) {
 *     String answer = client.call("forecast", Map.of("city", "Oslo")).text();
 * }
 * }</pre>
 *
 * <p>Nothing is sent before the first request. With that the two find out which {@link #revision()} they speak, the stateless one
 * if the server knows it; everything else here is the same in all of them. Every method waits for the server and throws
 * {@link McpClientException} when nothing good comes back; interrupting the thread cancels the request.
 *
 * <p>When a server needs something while it serves a request, the handlers given to the builder answer. What no handler was given
 * for is not declared, so a well-behaved server does not ask for it.
 *
 * <p>A session that the server has forgotten is replaced by another one, and a connection that has ended by another one with the next
 * request. Requests are repeated only if they certainly did not run.
 *
 * <p>Safe for use by many threads. Whoever makes a client closes it.
 */
public final class McpClient implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(McpClient.class);
    private static final int MOST_PAGES = 1_000;

    private final Rpc rpc;
    private final Terms usual;
    private final int maxRounds;
    private final ContentReader content;
    private final HandlerThreads threads;

    /** By the name of the tool, as of the last listing. Replaced as a whole. */
    private volatile Map<String, List<HeaderMember>> headers = Map.of();

    /** @param threads of which the connector uses some as well; closed here */
    McpClient(Connector connector, Profile profile, HandlerThreads threads, int maxRounds) {
        this.rpc = new Rpc(connector, profile.inputs());
        this.usual = Terms.within(profile.timeout());
        this.maxRounds = maxRounds;
        this.content = new ContentReader(connector.server());
        this.threads = threads;
    }

    /** A client of the endpoint, for example {@code http://127.0.0.1:8080/mcp}, with the usual settings. */
    public static McpClient connect(URI endpoint) {
        return builder(endpoint).build();
    }

    /** The settings of a client that reaches its server over HTTP or, with {@code ws:} or {@code wss:}, by WebSocket. */
    public static McpClientBuilder builder(URI endpoint) {
        return new McpClientBuilder(endpoint, null);
    }

    /**
     * The settings of a client whose server is a process of this machine; {@link ProcessTransport} has more of them.
     *
     * @param command the program and its arguments
     */
    public static McpClientBuilder builder(List<String> command) {
        return builder(ProcessTransport.of(command));
    }

    /** The settings of a client that reaches its server in another way. */
    public static McpClientBuilder builder(McpTransport transport) {
        return new McpClientBuilder(null, transport);
    }

    /** The revision of MCP that is spoken with the server. Asks the server, if nothing was said yet. */
    public Revision revision() {
        return rpc.revision(usual);
    }

    /** What the server says of itself, which needs not be asked first. */
    public ServerDescription discover() {
        return rpc.describe(usual);
    }

    /**
     * The tools, all pages of them. A tool that breaks the rules for header annotations is left out, and the log says so.
     *
     * <p>Tools may want arguments repeated in HTTP headers. Calls do so for the tools that this method returned last; for others
     * it costs one more request, when the server asks for it.
     */
    public List<RemoteTool> tools() {
        List<RemoteTool> tools = pages("tools/list", "tools", json -> RemoteTool.of(rpc.server(), json));
        Map<String, List<HeaderMember>> mirrored = new HashMap<>();
        for (RemoteTool tool : tools) {
            if (!tool.headers().isEmpty()) {
                mirrored.put(tool.name(), tool.headers());
            }
        }
        headers = Map.copyOf(mirrored);
        return tools;
    }

    /** Calls a tool without arguments. */
    public ToolResult call(String tool) {
        return call(CallOptions.of(tool));
    }

    /**
     * Calls a tool.
     *
     * @param arguments a map, a record or a tree, an object in JSON
     * @return what the tool returned, {@code isError} results included
     * @throws IllegalArgumentException if the arguments are not an object in JSON
     */
    public ToolResult call(String tool, Object arguments) {
        return call(CallOptions.of(tool, arguments));
    }

    /** Calls a tool. */
    public ToolResult call(CallOptions call) {
        return start(call).result();
    }

    /**
     * Sends a call and returns, so that another thread can cancel it while one waits for the result. Only where the revision has to
     * be found out first, or a session to begin, this method waits for that.
     */
    public PendingCall start(CallOptions call) {
        return new PendingCall(begin(call, call.terms(usual)), content::toolResult);
    }

    /**
     * Calls a tool and lets the server turn the call into a task, to come back later for its result. Whether it does is the
     * server's choice; in a session it never does.
     */
    public CallOutcome callOrTask(CallOptions call) {
        ObjectNode result = begin(call, call.terms(usual).withTasks()).await();
        return ResultType.of(result).equals(ResultType.TASK)
                ? task(TaskStatus.of(rpc.server(), result).id())
                : new CallOutcome.Finished(content.toolResult(result));
    }

    /** The task of this id, which another client may have begun. Asks nothing yet. Sessions have no tasks. */
    public RemoteTask task(String id) {
        return new RemoteTask(id, rpc, usual, content);
    }

    private Pending begin(CallOptions call, Terms terms) {
        Terms mirroring = terms.mirroring(headers.getOrDefault(call.tool(), List.of()));
        Pending pending = new Pending(rpc, "tools/call", call.params(), mirroring, maxRounds, call::notify, () -> {
            tools();
            return headers.getOrDefault(call.tool(), List.of());
        });
        pending.send();
        return pending;
    }

    /** The resources, all pages of them. */
    public List<RemoteResource> resources() {
        return pages("resources/list", "resources", RemoteResource::of);
    }

    /** The resource templates, all pages of them. */
    public List<RemoteResourceTemplate> resourceTemplates() {
        return pages("resources/templates/list", "resourceTemplates", RemoteResourceTemplate::of);
    }

    /** What is behind an address; may be several things. */
    public List<ResourceContents> read(String uri) {
        ObjectNode result = rounds("resources/read", Json.object().put("uri", uri));
        if (!result.path("contents").isArray()) {
            throw content.malformed("a resource has no contents");
        }
        List<ResourceContents> contents = new ArrayList<>();
        for (JsonNode resource : result.path("contents")) {
            contents.add(content.resource(resource));
        }
        return List.copyOf(contents);
    }

    /** The prompts, all pages of them. */
    public List<RemotePrompt> prompts() {
        return pages("prompts/list", "prompts", RemotePrompt::of);
    }

    /** A prompt, filled in. */
    public PromptResult prompt(String name, Map<String, String> arguments) {
        ObjectNode params = Json.object().put("name", name);
        if (!arguments.isEmpty()) {
            params.set("arguments", Json.tree(arguments));
        }
        return content.promptResult(rounds("prompts/get", params));
    }

    /** What the value of an argument may become. */
    public RemoteCompletion complete(CompletionRef ref, String argument, String value) {
        return complete(ref, argument, value, Map.of());
    }

    /**
     * What the value of an argument may become.
     *
     * @param context the other arguments, as far as they are known
     */
    public RemoteCompletion complete(CompletionRef ref, String argument, String value, Map<String, String> context) {
        ObjectNode params = Json.object();
        params.set("ref", CompletionRef.json(ref));
        params.putObject("argument").put("name", argument).put("value", value);
        if (!context.isEmpty()) {
            params.putObject("context").set("arguments", Json.tree(context));
        }
        return RemoteCompletion.of(
                rpc.complete("completion/complete", params, usual).path("completion"));
    }

    /**
     * Asks to be told of changes. Waits until the server has said what it will tell, so whatever changes from then on is told.
     *
     * @return the subscription, which its caller closes
     * @throws McpClientException if the server refuses, or tells of nothing by itself; also if tasks are asked for in a session
     */
    public Subscription listen(ListenFilter filter, ListenHandler handler) {
        Listening begun = rpc.listen(filter, usual);
        boolean listening = false;
        try {
            Subscription subscription = new Subscription(rpc.server(), begun, handler);
            threads.execute(subscription::run);
            listening = true;
            return subscription;
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException(
                    "This client has " + HandlerThreads.POOL_SIZE
                            + " subscriptions or is closed; use another client, or Java 21 or newer.",
                    e);
        } finally {
            if (!listening) {
                begun.feed().close();
            }
        }
    }

    /**
     * Sends a request that this class has no method for, such as one of an extension, and returns its result as it came, also
     * where it is not a complete one.
     *
     * @param params without {@code _meta}; not changed
     */
    public ObjectNode request(String method, ObjectNode params) {
        return rpc.ask(method, params, usual);
    }

    private ObjectNode rounds(String method, ObjectNode params) {
        Pending pending = new Pending(rpc, method, params, usual, maxRounds, (id, notification) -> {}, List::of);
        pending.send();
        return pending.await();
    }

    private <T> List<T> pages(String method, String member, Function<JsonNode, Optional<T>> reader) {
        List<T> all = new ArrayList<>();
        Set<String> cursors = new HashSet<>();
        ObjectNode params = Json.object();
        for (int page = 0; page < MOST_PAGES; page++) {
            ObjectNode result = rpc.complete(method, params, usual);
            if (!result.path(member).isArray()) {
                throw content.malformed("a page of " + method + " has no " + member);
            }
            for (JsonNode entry : result.path(member)) {
                reader.apply(entry)
                        .ifPresentOrElse(
                                all::add, () -> LOG.debug("an entry of {} of {} was left out", method, rpc.server()));
            }
            JsonNode cursor = result.path("nextCursor");
            if (!cursor.isString()) {
                return List.copyOf(all);
            }
            if (!cursors.add(cursor.stringValue())) {
                throw content.malformed("the pages of " + method + " go round in a circle");
            }
            params = Json.object().put("cursor", cursor.stringValue());
        }
        throw content.malformed(method + " has more than " + MOST_PAGES + " pages");
    }

    /**
     * Gives up every request and subscription under way, ends the session and closes the connections, within seconds. Calling it
     * twice has no further effect.
     *
     * <p>Java 17 to 20 cannot be told to close idle connections of its HTTP client; there they close, and the one thread that
     * watches them ends, when the garbage collector has found that nobody uses them.
     */
    @Override
    public void close() {
        rpc.close();
        threads.close();
    }
}
