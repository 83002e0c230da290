package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.call.CallObserver;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.Caller;
import dev.devmesh.call.Execution;
import dev.devmesh.call.MissingCapabilityException;
import dev.devmesh.content.Content;
import dev.devmesh.content.ContentForm;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.question.Interviewer;
import dev.devmesh.schema.Description;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolInvoker;
import dev.devmesh.tool.ToolRegistry;
import dev.devmesh.tool.ToolResult;
import dev.devmesh.tool.ToolSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/tools}: what the caller may run, and running it. */
final class ToolRoutes {

    private static final String LISTING = "tools";

    private final ToolRegistry tools;
    private final ToolInvoker invoker;

    ToolRoutes(ToolRegistry tools, ToolInvoker invoker) {
        this.tools = tools;
        this.invoker = invoker;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/v1/tools")
                        .forAnyCaller()
                        .summary("Lists the tools that the caller may run, by name")
                        .query(Parameter.CURSOR, Parameter.limit(200, 50))
                        .answers(ToolPage.class)
                        .handle(this::list),
                Route.get("/api/v1/tools/{name}")
                        .forAnyCaller()
                        .summary("Shows a tool that the caller may run")
                        .answers(ToolView.class)
                        .handle(call ->
                                RestResponse.ok(ToolView.of(tools.require(call.variable("name"), call.principal())))),
                Route.post("/api/v1/tools/{name}/call")
                        .forAnyCaller()
                        .summary("Runs a tool, which needs the scope tools:execute:NAME, within the tool's own time")
                        .reads(ToolCallBody.class)
                        .costs(variables -> invoker.costOf(String.valueOf(variables.get("name"))))
                        .answers(ToolCallResult.class)
                        .begin(this::call));
    }

    record ToolPage(
            List<ToolView> data,

            @Description("Where the next page begins; absent on the last") @JsonProperty("next_cursor")
            Optional<String> nextCursor) {}

    /** A tool as callers see it. */
    record ToolView(
            String name,
            Optional<String> title,
            Optional<String> description,

            @Description("What the arguments must look like: JSON Schema 2020-12") @JsonProperty("input_schema")
            ObjectNode inputSchema,

            @Description("What structured_content looks like, where the tool promises it")
            @JsonProperty("output_schema")
            Optional<ObjectNode> outputSchema,

            @JsonProperty("read_only") Optional<Boolean> readOnly,
            Optional<Boolean> destructive,
            Optional<Boolean> idempotent,
            @JsonProperty("open_world") Optional<Boolean> openWorld,
            @JsonProperty("long_running") boolean longRunning) {

        static ToolView of(Tool tool) {
            ToolSpec spec = tool.spec();
            return new ToolView(
                    spec.name(),
                    Optional.of(spec.title()).filter(Predicate.not(String::isEmpty)),
                    Optional.of(spec.description()).filter(Predicate.not(String::isEmpty)),
                    spec.input().json(),
                    spec.output().map(schema -> schema.json()),
                    spec.hints().readOnly(),
                    spec.hints().destructive(),
                    spec.hints().idempotent(),
                    spec.hints().openWorld(),
                    spec.longRunning());
        }
    }

    record ToolCallBody(
            @Description("What the tool is given; {} if absent")
            Optional<ObjectNode> arguments) {}

    /** What {@link Answer} writes. */
    record ToolCallResult(
            @Description("Pieces for a language model, each in the form that MCP gives it")
            List<ObjectNode> content,

            @Description("The result as data, where the tool has some") @JsonProperty("structured_content")
            Optional<JsonNode> structuredContent,

            @Description("Whether the tool says that it could not do its work") @JsonProperty("is_error")
            boolean isError) {}

    private RestResponse list(RestCall call) {
        String cursor = call.text("cursor");
        String after = cursor.isEmpty() ? "" : Cursor.name(LISTING, cursor);
        int limit = (int) call.number("limit");
        List<Tool> rest = tools.visibleTo(call.principal()).stream()
                .filter(tool -> tool.name().compareTo(after) > 0)
                .sorted(Comparator.comparing(Tool::name))
                .limit(limit + 1L)
                .toList();
        List<ToolView> page = rest.stream().limit(limit).map(ToolView::of).toList();
        Optional<String> next = rest.size() > limit
                ? Optional.of(Cursor.behind(LISTING, page.get(limit - 1).name()))
                : Optional.empty();
        return RestResponse.ok(new ToolPage(page, next));
    }

    private Work.Begun call(RestCall call) {
        String name = call.variable("name");
        JsonNode arguments = call.body().path("arguments");
        // The frame has charged it.
        Caller caller =
                new Caller(call.principal(), Set.of(), call.trace(), CallObserver.NONE, Interviewer.nobody(), true);
        call.stage("tool " + name);
        Execution<ToolResult> execution = invoker.invoke(
                new CallRequest(name, arguments instanceof ObjectNode given ? given : Json.object(), caller));
        return new Work.Begun(
                execution.result().handle((result, problem) -> answer(name, result, problem)), execution::cancel);
    }

    private static RestResponse answer(String tool, @Nullable ToolResult result, @Nullable Throwable problem) {
        if (result != null) {
            return RestResponse.ok(new Answer(result));
        }
        Throwable cause =
                problem instanceof CompletionException && problem.getCause() != null ? problem.getCause() : problem;
        if (cause instanceof MissingCapabilityException asking) {
            throw new MeshException(
                    ErrorCode.CLIENT_CAPABILITY_MISSING,
                    "Tool '" + tool + "' asks its caller something, and REST cannot carry questions.",
                    "Call it over MCP, with a client that can answer.",
                    null,
                    asking);
        }
        throw new CompletionException(cause);
    }

    /** The form of {@link ToolCallResult}. */
    private record Answer(ToolResult result) implements JsonWritable {

        @Override
        public void writeTo(JsonGenerator out) {
            out.writeStartObject();
            out.writeArrayPropertyStart("content");
            for (Content piece : result.content()) {
                ContentForm.write(out, piece);
            }
            out.writeEndArray();
            result.structured().ifPresent(data -> {
                out.writeName("structured_content");
                out.writeTree(data);
            });
            out.writeBooleanProperty("is_error", result.isError());
            out.writeEndObject();
        }
    }
}
