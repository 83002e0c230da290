package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.audit.AuditFilter;
import dev.devmesh.audit.AuditLog;
import dev.devmesh.audit.AuditOutcome;
import dev.devmesh.schema.Description;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** {@code /api/v1/audit}: who did what. */
final class AuditRoutes {

    private final AuditLog audit;

    AuditRoutes(AuditLog audit) {
        this.audit = audit;
    }

    List<Route> routes() {
        return List.of(Route.get("/api/v1/audit")
                .needs(AuditLog.READ)
                .summary("Lists who did what in the caller's tenant, newest first")
                .query(
                        Parameter.text("subject", AuditEntry.MAX_NAME, "Only what this subject did"),
                        Parameter.text(
                                "credential", AuditEntry.MAX_NAME, "Only what was done with the credential of this id"),
                        Parameter.text(
                                "action", 65, "Only this action, or with a dot at the end, as key., all that begin so"),
                        Parameter.text("object", AuditEntry.MAX_NAME, "Only what was done to exactly this"),
                        Parameter.text("outcome", 10, "Only what went so: ok, denied or failed"),
                        Parameter.time("since", "Only what was done then or later"),
                        Parameter.time("until", "Only what was done before"),
                        Parameter.CURSOR,
                        Parameter.limit(AuditLog.MAX_PAGE, 50))
                .answers(AuditPage.class)
                .handle(this::list));
    }

    record AuditPage(
            List<AuditView> data,

            @Description("Where the next page begins; absent on the last") @JsonProperty("next_cursor")
            Optional<String> nextCursor) {}

    record AuditView(
            String id,
            Instant at,

            @Description("Who did it; anonymous if that is not known")
            String subject,

            @Description("With what, by its id") @JsonProperty("credential_id")
            Optional<String> credentialId,

            @Description("What was done, as key.create") String action,

            @Description("To what, by its id or name") Optional<String> object,

            @Description("ok, denied or failed") String outcome,
            Optional<String> detail,
            @JsonProperty("trace_id") Optional<String> traceId) {

        static AuditView of(AuditEntry entry) {
            return new AuditView(
                    entry.id(),
                    entry.at(),
                    entry.subject(),
                    given(entry.credentialId()),
                    entry.action(),
                    given(entry.object()),
                    entry.outcome().wireName(),
                    given(entry.detail()),
                    given(entry.trace()));
        }

        private static Optional<String> given(String text) {
            return Optional.of(text).filter(Predicate.not(String::isEmpty));
        }
    }

    private RestResponse list(RestCall call) {
        AuditFilter filter = new AuditFilter(
                call.text("subject"),
                call.text("credential"),
                call.text("action"),
                call.text("object"),
                outcome(call.text("outcome")),
                call.time("since"),
                call.time("until"));
        call.stage("store");
        Page<AuditEntry> page = audit.list(call.principal(), filter, call.text("cursor"), (int) call.number("limit"));
        return RestResponse.ok(new AuditPage(
                page.data().stream().map(AuditView::of).toList(),
                Optional.of(page.nextCursor()).filter(Predicate.not(String::isEmpty))));
    }

    private static Optional<AuditOutcome> outcome(String name) {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(AuditOutcome.of(name)
                .orElseThrow(() -> new MeshException(
                        ErrorCode.INVALID_VALUE,
                        "An outcome is ok, denied or failed.",
                        "Use one of them, or leave the parameter out.")));
    }
}
