package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.Page;
import dev.devmesh.access.TenantInfo;
import dev.devmesh.access.Tenants;
import dev.devmesh.auth.Principal;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.Length;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** {@code /api/v1/tenants}: for who manages the platform. */
final class TenantRoutes {

    private static final String ALL = "/api/v1/tenants";
    private static final String ONE = ALL + "/{id}";

    private final Tenants tenants;

    TenantRoutes(Tenants tenants) {
        this.tenants = tenants;
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL)
                        .needs(Tenants.MANAGE)
                        .summary("Lists the tenants that were made, newest first, deleted or not")
                        .query(Parameter.CURSOR, Parameter.limit(Tenants.MAX_PAGE, 50))
                        .answers(TenantPage.class)
                        .handle(this::list),
                Route.post(ALL)
                        .needs(Tenants.MANAGE)
                        .summary(
                                "Makes a tenant, with the built-in roles; one that is used without having been made keeps its data")
                        .reads(TenantBody.class)
                        .answers(TenantView.class)
                        .make(this::create),
                Route.get(ONE)
                        .needs(Tenants.MANAGE)
                        .summary("Shows a tenant, deleted or not")
                        .answers(TenantView.class)
                        .handle(call ->
                                RestResponse.ok(TenantView.of(tenants.get(call.principal(), call.variable("id"))))),
                Route.patch(ONE)
                        .needs(Tenants.MANAGE)
                        .summary(
                                "Suspends a tenant, so that its credentials are refused and its data stays, or resumes it")
                        .reads(TenantPatch.class)
                        .answers(TenantView.class)
                        .handle(this::change),
                Route.delete(ONE)
                        .needs(Tenants.MANAGE)
                        .summary("Deletes a tenant with everything of it, for ever, and answers the proof")
                        .answers(ErasureRoutes.ErasureView.class)
                        .handle(call -> {
                            call.stage("store");
                            return RestResponse.ok(ErasureRoutes.ErasureView.of(
                                    tenants.delete(call.principal(), call.variable("id"))));
                        }));
    }

    record TenantBody(
            @Description("1 to 64 of a-z A-Z 0-9 . _ -") @Length(min = 1, max = 64)
            String id,

            @Description("For people; the id where it is absent") @Length(max = 200)
            Optional<String> name) {}

    record TenantPatch(
            @Description("Whether its credentials are refused")
            boolean suspended) {}

    record TenantPage(
            List<TenantView> data,

            @Description("Where the next page begins; absent on the last") @JsonProperty("next_cursor")
            Optional<String> nextCursor) {}

    record TenantView(
            String id,
            String name,

            @Description("active, suspended or deleted") String state,

            @JsonProperty("created_at") Instant createdAt,
            @JsonProperty("suspended_at") Optional<Instant> suspendedAt,
            @JsonProperty("deleted_at") Optional<Instant> deletedAt) {

        static TenantView of(TenantInfo tenant) {
            return new TenantView(
                    tenant.tenant().id(),
                    tenant.name(),
                    tenant.state().name().toLowerCase(Locale.ROOT),
                    tenant.createdAt(),
                    tenant.suspendedAt(),
                    tenant.deletedAt());
        }
    }

    private RestResponse list(RestCall call) {
        Page<TenantInfo> page = tenants.list(call.principal(), call.text("cursor"), (int) call.number("limit"));
        return RestResponse.ok(new TenantPage(
                page.data().stream().map(TenantView::of).toList(),
                Optional.of(page.nextCursor()).filter(Predicate.not(String::isEmpty))));
    }

    private RestResponse create(RestCall call) {
        TenantBody body = call.body(TenantBody.class);
        TenantInfo made =
                tenants.create(call.principal(), body.id(), body.name().orElse(""));
        return RestResponse.created(ALL + "/" + made.tenant().id(), TenantView.of(made));
    }

    private RestResponse change(RestCall call) {
        Principal principal = call.principal();
        String id = call.variable("id");
        return RestResponse.ok(TenantView.of(
                call.body(TenantPatch.class).suspended()
                        ? tenants.suspend(principal, id)
                        : tenants.resume(principal, id)));
    }
}
