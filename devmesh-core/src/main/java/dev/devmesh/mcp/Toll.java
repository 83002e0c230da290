package dev.devmesh.mcp;

import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.limit.Admission;
import dev.devmesh.limit.Charge;
import dev.devmesh.tool.ToolInvoker;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Charges what clients send, at the engine's door: each request once, and what cannot be understood. Notifications and responses are
 * free. What is served behind the door is charged nothing more, so that one request never costs twice.
 *
 * <p>A call of a tool costs its weight, all of it here: one who can pay a part only must pay nothing. A request that goes on with a
 * call (see {@link Rounds}) was paid for with it. It shows that by its state, and each state is good for that once.
 *
 * <p>Safe for use by many threads.
 */
final class Toll {

    /** The methods that can go on. */
    private static final Set<String> CALLS = Set.of("tools/call", "prompts/get", "resources/read");

    private final Admission admission;
    private final ToolInvoker tools;
    private final Rounds rounds;

    Toll(Admission admission, ToolInvoker tools, Rounds rounds) {
        this.admission = admission;
        this.tools = tools;
        this.rounds = rounds;
    }

    /**
     * Charges a request.
     *
     * @throws MeshException if the rate of who sent it is used up
     */
    void charge(Message.Request message, McpExchange exchange) {
        Principal principal = exchange.principal();
        if (admission.limits(principal)) {
            take(exchange, goesOn(message, principal) ? 0 : cost(message));
        }
    }

    /**
     * Charges what cannot be understood.
     *
     * @throws MeshException if the rate of who sent it is used up
     */
    void chargeGarbage(McpExchange exchange) {
        take(exchange, 1);
    }

    /** Charges nothing, and has the client told what is left. */
    void look(McpExchange exchange) {
        take(exchange, 0);
    }

    /**
     * Charges what cannot be understood and came where no answer tells what is left.
     *
     * @throws MeshException if the rate of who sent it is used up
     */
    void chargeGarbage(Principal principal, String address) {
        admission.decide(principal, address, 1).ifPresent(Charge::requireAllowed);
    }

    private void take(McpExchange exchange, int cost) {
        Optional<Charge> charge = admission.decide(exchange.principal(), exchange.remoteAddress(), cost);
        charge.ifPresent(exchange::charged);
        charge.ifPresent(Charge::requireAllowed);
    }

    private int cost(Message.Request message) {
        JsonNode name = message.params().path("name");
        return message.method().equals("tools/call") && name.isString() ? tools.costOf(name.stringValue()) : 1;
    }

    private boolean goesOn(Message.Request message, Principal principal) {
        return message.isStateless()
                && CALLS.contains(message.method())
                && rounds.proof(message.params().path("requestState"))
                        .filter(proof -> admission.firstUse(principal, proof, Rounds.LIFE))
                        .isPresent();
    }
}
