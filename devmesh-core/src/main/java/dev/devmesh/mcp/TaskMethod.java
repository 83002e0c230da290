package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.MissingCapabilityException;
import dev.devmesh.task.Tasks;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code tasks/get}, {@code tasks/update} and {@code tasks/cancel}: what they have in common. They use the store, so they leave
 * the thread that brought the request.
 */
final class TaskMethod implements McpMethod {

    /** What one of them does, on a thread that may wait. */
    interface Action {

        /** Answers. */
        void run(Tasks tasks, McpRequest request, String id, Reply reply);
    }

    private static final Logger LOG = LoggerFactory.getLogger(TaskMethod.class);

    private final Tasks tasks;
    private final Executor threads;
    private final Action action;

    private TaskMethod(Tasks tasks, Executor threads, Action action) {
        this.tasks = tasks;
        this.threads = threads;
        this.action = action;
    }

    static McpMethod get(Tasks tasks, Executor threads) {
        return new TaskMethod(tasks, threads, (known, request, id, reply) -> {
            var task = known.get(request.principal(), id);
            reply.complete(out -> TaskForm.writeDetailed(out, task));
        });
    }

    static McpMethod update(Tasks tasks, Executor threads) {
        return new TaskMethod(tasks, threads, (known, request, id, reply) -> {
            if (!request.params().has("inputResponses")) {
                throw McpError.invalidParams("params.inputResponses must be an object.");
            }
            known.answer(request.principal(), id, request.answers());
            reply.complete(out -> {});
        });
    }

    static McpMethod cancel(Tasks tasks, Executor threads) {
        return new TaskMethod(tasks, threads, (known, request, id, reply) -> {
            known.cancel(request.principal(), id);
            reply.complete(out -> {});
        });
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        if (!request.capabilities().contains(ClientCapability.TASKS)) {
            throw McpError.of(new MissingCapabilityException(request.method(), Set.of(ClientCapability.TASKS)));
        }
        String id = request.text("taskId");
        if (request.headers() != null) {
            request.headers().requireName(id, "params.taskId");
        }
        try {
            threads.execute(() -> run(request, id, reply));
        } catch (RejectedExecutionException e) {
            throw McpError.of(new MeshException(
                    ErrorCode.OVERLOADED,
                    "Every thread that runs handlers is taken.",
                    "Try again shortly.",
                    Duration.ofSeconds(1),
                    null));
        }
        return reason -> reply.abandon();
    }

    private void run(McpRequest request, String id, Reply reply) {
        try {
            action.run(tasks, request, id, reply);
        } catch (McpError e) {
            reply.fail(e);
        } catch (MeshException e) {
            reply.fail(McpError.of(e));
        } catch (RuntimeException e) {
            LOG.error(
                    "A fault in {}, trace {}", request.method(), request.trace().traceId(), e);
            reply.fail(McpError.of(new MeshException(ErrorCode.MCP_PANIC, "Something went wrong here.", "")));
        }
    }
}
