package dev.devmesh.mcp;

import dev.devmesh.call.LogLevel;
import dev.devmesh.resource.ResourceInvoker;
import dev.devmesh.resource.ResourceNotFoundException;
import java.util.Objects;

/** The methods that only clients with sessions have: they ask that something be remembered, or nothing at all. */
final class SessionMethod implements McpMethod {

    /** What one of them has remembered. */
    private interface Action {
        void run(Session session, McpRequest request);
    }

    private final Action action;

    private SessionMethod(Action action) {
        this.action = action;
    }

    static McpMethod ping() {
        return new SessionMethod((session, request) -> {});
    }

    static McpMethod setLevel() {
        return new SessionMethod(
                (session, request) -> session.memory()
                        .level(
                                LogLevel.ofWireName(request.text("level"))
                                        .orElseThrow(
                                                () -> McpError.invalidParams(
                                                        "params.level must be debug, info, notice, warning, error, critical, alert or emergency."))));
    }

    /** Subscribes to what there is to read; what may not be read is never told of. */
    static McpMethod subscribe(ResourceInvoker resources) {
        return new SessionMethod((session, request) -> {
            String uri = request.text("uri");
            if (resources.registry().find(uri).isEmpty()
                    && resources.registry().templateOf(uri).isEmpty()) {
                throw new ResourceNotFoundException(uri);
            }
            session.memory().subscribe(uri);
        });
    }

    static McpMethod unsubscribe() {
        return new SessionMethod((session, request) -> session.memory().unsubscribe(request.text("uri")));
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        action.run(Objects.requireNonNull(request.session()), request);
        reply.complete(out -> {});
        return McpCall.DONE;
    }
}
