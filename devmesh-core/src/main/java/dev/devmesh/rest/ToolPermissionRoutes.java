package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.access.AccessControl;
import dev.devmesh.access.Role;
import dev.devmesh.access.ToolHolders;
import dev.devmesh.access.ToolPermissions;
import dev.devmesh.access.Users;
import dev.devmesh.auth.Principal;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.Length;
import dev.devmesh.schema.Size;
import dev.devmesh.tool.ToolDecision;
import dev.devmesh.tool.ToolRegistry;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** {@code /api/v1/tools/{name}/permissions}: whether the caller may run a tool and why, and who else may. */
final class ToolPermissionRoutes {

    private static final String ONE = "/api/v1/tools/{name}/permissions";
    private static final String LISTING = "tool-permissions";

    private final ToolRegistry tools;
    private final AccessControl access;

    ToolPermissionRoutes(ToolRegistry tools, AccessControl access) {
        this.tools = tools;
        this.access = access;
    }

    List<Route> routes() {
        return List.of(
                Route.get(ONE)
                        .forAnyCaller()
                        .summary(
                                "Says whether the caller may run a tool, or the tools of a provider, and why; with the scope "
                                        + Users.READ + " also who else may")
                        .query(Parameter.CURSOR, Parameter.limit(ToolPermissions.MAX_PAGE, 50))
                        .answers(ToolPermissionsView.class)
                        .handle(this::show),
                Route.put(ONE)
                        .needs(Users.WRITE)
                        .summary(
                                "Has exactly these users have a permission for a tool, or for a provider, which the caller must be"
                                        + " allowed to run; what users may by roles stays")
                        .reads(ToolUsersBody.class)
                        .answers(ToolPermissionsView.class)
                        .handle(this::set));
    }

    record ToolUsersBody(
            @Description("The ids of the users") @Size(max = ToolPermissions.MAX_USERS)
            List<@Length(min = 1, max = 64) String> users) {}

    record ToolPermissionsView(
            String name,

            @Description("tool, provider or unknown") String kind,

            @Description("Whether the caller may run it") boolean allowed,

            @Description("The permissions any one of which is enough")
            List<String> permissions,

            @Description("Whether the caller's credential allows it") @JsonProperty("allowed_by_credential")
            boolean allowedByCredential,

            @Description("Whether the user that the credential acts for may run it; true where it acts for none")
            @JsonProperty("allowed_by_user")
            boolean allowedByUser,

            @Description("One sentence: what allows it, or what is missing")
            String explanation,

            @Description("What to do about it") Optional<String> fix,

            @Description("The built-in role that grants it") @JsonProperty("role_hint")
            Optional<String> roleHint,

            @Description("The names of all roles that grant it; for callers who may see users")
            Optional<List<String>> roles,

            @Description("Who may run it and by what, in the order of their ids; for callers who may see users")
            Optional<List<ToolUserView>> users,

            @Description("Where the next page of users begins; absent on the last") @JsonProperty("next_cursor")
            Optional<String> nextCursor) {}

    record ToolUserView(
            String id,
            String email,

            @Description("Disabled users may not use what they have")
            boolean disabled,

            @Description("The roles by which the user may run it")
            List<String> roles,

            @Description("The tool and the provider for which the user has a permission")
            @JsonProperty("tool_permissions")
            List<String> toolPermissions) {

        static ToolUserView of(ToolHolders.Holder holder) {
            return new ToolUserView(
                    holder.user().id(),
                    holder.user().email(),
                    !holder.user().isEnabled(),
                    holder.roles().stream().sorted().toList(),
                    holder.tools().stream().sorted().toList());
        }
    }

    private RestResponse show(RestCall call) {
        String cursor = call.text("cursor");
        String after = cursor.isEmpty() ? "" : Cursor.name(LISTING, cursor);
        return RestResponse.ok(view(known(call), call.principal(), after, (int) call.number("limit")));
    }

    private RestResponse set(RestCall call) {
        ToolDecision decision = known(call);
        call.stage("store");
        access.toolPermissions()
                .set(
                        call.principal(),
                        decision.names(),
                        call.body(ToolUsersBody.class).users());
        return RestResponse.ok(view(decision, call.principal(), "", ToolPermissions.MAX_PAGE));
    }

    private ToolDecision known(RestCall call) {
        ToolDecision decision = tools.why(call.variable("name"), call.principal());
        if (decision.kind() == ToolDecision.Kind.UNKNOWN) {
            throw new MeshException(ErrorCode.TOOL_NOT_FOUND, decision.explanation(), decision.fix());
        }
        return decision;
    }

    private ToolPermissionsView view(ToolDecision decision, Principal principal, String after, int limit) {
        Optional<ToolHolders> holders = principal.may(Users.READ)
                ? Optional.of(access.toolPermissions().holders(principal, decision.names(), after, limit))
                : Optional.empty();
        return new ToolPermissionsView(
                decision.names().get(0),
                decision.kind().name().toLowerCase(Locale.ROOT),
                decision.allowed(),
                decision.permissions(),
                decision.byCredential(),
                decision.byUser(),
                decision.explanation(),
                Optional.of(decision.fix()).filter(Predicate.not(String::isEmpty)),
                decision.role(),
                holders.map(all -> all.roles().stream().map(Role::name).toList()),
                holders.map(
                        all -> all.users().data().stream().map(ToolUserView::of).toList()),
                holders.map(all -> all.users().nextCursor())
                        .filter(Predicate.not(String::isEmpty))
                        .map(last -> Cursor.behind(LISTING, last)));
    }
}
