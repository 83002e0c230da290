package dev.devmesh.client;

import dev.devmesh.Revision;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/** Makes requests of one server, in whichever revision the two speak with each other. */
final class Rpc implements AutoCloseable {

    /** The first attempt, one in another revision, one in a new session. */
    static final int MOST_ATTEMPTS = 3;

    private final Connector connector;
    private final ClientInputs inputs;

    Rpc(Connector connector, ClientInputs inputs) {
        this.connector = connector;
        this.inputs = inputs;
    }

    String server() {
        return connector.server();
    }

    ClientInputs inputs() {
        return inputs;
    }

    Connector connector() {
        return connector;
    }

    /** The revision that is spoken; asks the server, if nothing was said yet. */
    Revision revision(Terms terms) {
        return attempts(dialect -> {
            if (!dialect.revision().hasSessions()) {
                dialect.describe(terms); // perhaps only the likeliest so far
            }
            return dialect.revision();
        });
    }

    ServerDescription describe(Terms terms) {
        return attempts(dialect -> dialect.describe(terms));
    }

    Listening listen(ListenFilter filter, Terms terms) {
        return attempts(dialect -> dialect.listen(filter, terms));
    }

    /** Sends a request and waits for its result, whatever its type is. */
    ObjectNode ask(String method, ObjectNode params, Terms terms) {
        return attempts(dialect -> ask(dialect, method, params, terms));
    }

    /** {@link #ask} where nothing but a complete result may come. */
    ObjectNode complete(String method, ObjectNode params, Terms terms) {
        return attempts(dialect -> {
            ObjectNode result = ask(dialect, method, params, terms);
            String type = dialect.resultType(result);
            if (!type.equals(ResultType.COMPLETE)) {
                throw McpClientException.protocol(
                        server(), "a result of type '" + McpClientException.quote(type) + "' came for " + method);
            }
            return result;
        });
    }

    private static ObjectNode ask(Dialect dialect, String method, ObjectNode params, Terms terms) {
        try (Exchange exchange = dialect.send(method, params, terms)) {
            return exchange.result(terms.timeout(), notification -> {});
        }
    }

    private <T> T attempts(Function<Dialect, T> step) {
        Dialect dialect = connector.dialect();
        for (int attempt = 1; ; attempt++) {
            try {
                T outcome = step.apply(dialect);
                connector.answered(dialect);
                return outcome;
            } catch (McpClientException e) {
                dialect = connector.instead(dialect, e);
                if (attempt == MOST_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void close() {
        connector.close();
    }
}
