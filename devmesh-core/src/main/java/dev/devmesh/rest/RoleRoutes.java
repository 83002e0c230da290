package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.access.Role;
import dev.devmesh.access.Roles;
import dev.devmesh.access.Users;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.Length;
import dev.devmesh.schema.Size;
import java.util.List;
import java.util.Optional;

/** {@code /api/v1/roles}: the roles of the caller's tenant. */
final class RoleRoutes {

    private static final String ALL = "/api/v1/roles";
    private static final String ONE = ALL + "/{id}";
    private static final String PERMISSIONS = ONE + "/permissions";

    private final Roles roles;

    RoleRoutes(Roles roles) {
        this.roles = roles;
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL)
                        .needs(Users.READ)
                        .summary("Lists all roles, by name")
                        .answers(RoleList.class)
                        .handle(call -> RestResponse.ok(new RoleList(roles.list(call.principal()).stream()
                                .map(RoleView::of)
                                .toList()))),
                Route.post(ALL)
                        .needs(Users.WRITE)
                        .summary("Makes a role, which allows no more than the caller may")
                        .reads(RoleBody.class)
                        .answers(RoleView.class)
                        .create(this::create),
                Route.get(ONE)
                        .needs(Users.READ)
                        .summary("Shows a role, by its name or id")
                        .answers(RoleView.class)
                        .handle(this::show),
                Route.delete(ONE)
                        .needs(Users.WRITE)
                        .summary("Removes a role, and takes it from those who have it; built-in ones stay")
                        .handle(call -> {
                            roles.delete(call.principal(), call.variable("id"));
                            return RestResponse.noContent();
                        }),
                Route.get(PERMISSIONS)
                        .needs(Users.READ)
                        .summary("Lists what a role allows")
                        .answers(PermissionList.class)
                        .handle(call ->
                                RestResponse.ok(PermissionList.of(roles.get(call.principal(), call.variable("id"))))),
                Route.put(PERMISSIONS)
                        .needs(Users.WRITE)
                        .summary(
                                "Has a role allow exactly this, which is no more than the caller may; admin stays as it is")
                        .reads(PermissionsBody.class)
                        .answers(PermissionList.class)
                        .handle(call -> RestResponse.ok(PermissionList.of(roles.allow(
                                call.principal(),
                                call.variable("id"),
                                call.body(PermissionsBody.class).permissions())))));
    }

    record RoleBody(
            @Description("1 to 64 of a-z 0-9 _ -, the first a letter") @Length(min = 1, max = 64)
            String name,

            @Description("What it allows, for example contexts:read; nothing if absent")
            @Size(max = Roles.MAX_PERMISSIONS)
            Optional<List<@Length(min = 1, max = 200) String>> permissions) {}

    record PermissionsBody(
            @Description("What it allows, for example contexts:read") @Size(max = Roles.MAX_PERMISSIONS)
            List<@Length(min = 1, max = 200) String> permissions) {}

    record RoleList(List<RoleView> data) {}

    record PermissionList(List<String> data) {

        static PermissionList of(Role role) {
            return new PermissionList(role.allowed().names().stream().sorted().toList());
        }
    }

    record RoleView(
            String id,
            String name,

            @Description("Whether every tenant has it") @JsonProperty("built_in")
            boolean builtIn,

            @Description("What it allows") List<String> permissions) {

        static RoleView of(Role role) {
            return new RoleView(
                    role.id(),
                    role.name(),
                    role.builtIn(),
                    role.allowed().names().stream().sorted().toList());
        }
    }

    private RestResponse show(RestCall call) {
        return RestResponse.ok(RoleView.of(roles.get(call.principal(), call.variable("id"))));
    }

    private RestResponse create(RestCall call, RestUnit unit) {
        RoleBody body = call.body(RoleBody.class);
        Role made = roles.create(
                unit.session(),
                call.principal(),
                body.name(),
                body.permissions().orElse(List.of()));
        return RestResponse.created(ALL + "/" + made.id(), RoleView.of(made));
    }
}
