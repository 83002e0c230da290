package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Erasure;
import dev.devmesh.json.Json;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.Length;
import dev.devmesh.store.ErasureScope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/erasures}: everything of an agent or of the tenant goes, with a receipt. */
final class ErasureRoutes {

    private final Contexts contexts;

    ErasureRoutes(Contexts contexts) {
        this.contexts = contexts;
    }

    List<Route> routes() {
        return List.of(Route.post("/api/v1/erasures")
                .needs(Contexts.ERASE)
                .summary(
                        "Erases everything of an agent, or of the caller's tenant with its keys, for ever, and answers the"
                                + " proof")
                .reads(ErasureBody.class)
                .answers(ErasureView.class)
                .handle(this::erase));
    }

    record ErasureBody(
            @Description("The agent whose contexts go, with all that hangs on them") @Length(min = 1)
            Optional<String> agent,

            @Description("true: everything of the tenant goes, the caller's own key included")
            Optional<Boolean> tenant) {}

    record ErasureView(
            @Description("Whose tenant it was") @JsonProperty("tenant_id")
            String tenantId,

            @Description("The agent whose data went; absent if it was the whole tenant")
            Optional<String> agent,

            @Description("Who asked for it") String by,
            Instant at,

            @Description("How many rows went, by kind") ObjectNode rows,

            @Description(
                    "Of one line for each row that went, KIND:ID and a line feed, sorted; the manual has it exactly")
            String sha256) {

        static ErasureView of(Erasure receipt) {
            ObjectNode rows = Json.object();
            receipt.rows().forEach((kind, count) -> rows.put(kind.wireName(), count));
            return new ErasureView(
                    receipt.tenant().id(),
                    receipt.scope() instanceof ErasureScope.OfAgent of ? Optional.of(of.agent()) : Optional.empty(),
                    receipt.by(),
                    receipt.at(),
                    rows,
                    receipt.sha256());
        }
    }

    private RestResponse erase(RestCall call) {
        ErasureBody body = call.body(ErasureBody.class);
        boolean tenant = body.tenant().orElse(false);
        if (tenant == body.agent().isPresent()) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    "An erasure is of one agent or of the whole tenant.",
                    "Send either {\"agent\": \"NAME\"} or {\"tenant\": true}.");
        }
        call.stage("store");
        Erasure receipt = tenant
                ? contexts.eraseTenant(call.principal())
                : contexts.erase(call.principal(), body.agent().orElseThrow());
        return RestResponse.ok(ErasureView.of(receipt));
    }
}
