package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.Page;
import dev.devmesh.access.NewUser;
import dev.devmesh.access.Role;
import dev.devmesh.access.User;
import dev.devmesh.access.UserChange;
import dev.devmesh.access.Users;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.Length;
import dev.devmesh.schema.Size;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** {@code /api/v1/users}: the users of the caller's tenant, and their roles. */
final class UserRoutes {

    private static final String ALL = "/api/v1/users";
    private static final String ONE = ALL + "/{id}";
    private static final String ROLES = ONE + "/roles";

    private final Users users;

    UserRoutes(Users users) {
        this.users = users;
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL)
                        .needs(Users.READ)
                        .summary("Lists users, newest first")
                        .query(
                                Parameter.text("email", 255, "Only the one with this email"),
                                Parameter.CURSOR,
                                Parameter.limit(Users.MAX_PAGE, 50))
                        .answers(UserPage.class)
                        .handle(this::list),
                Route.post(ALL)
                        .needs(Users.WRITE)
                        .summary("Makes a user, who may do nothing yet")
                        .reads(UserBody.class)
                        .answers(UserView.class)
                        .create(this::create),
                Route.get(ONE)
                        .needs(Users.READ)
                        .summary("Shows a user")
                        .answers(UserView.class)
                        .handle(call -> RestResponse.ok(UserView.of(users.get(call.principal(), call.variable("id"))))),
                Route.patch(ONE)
                        .needs(Users.WRITE)
                        .summary("Changes what is given of a user, who may do no more than the caller")
                        .reads(UserPatch.class)
                        .answers(UserView.class)
                        .handle(this::change),
                Route.delete(ONE)
                        .needs(Users.WRITE)
                        .summary(
                                "Removes a user, who may do no more than the caller, and revokes the keys that act for it")
                        .handle(call -> {
                            users.delete(call.principal(), call.variable("id"));
                            return RestResponse.noContent();
                        }),
                Route.get(ROLES)
                        .needs(Users.READ)
                        .summary("Lists the roles that a user has, by name")
                        .answers(RoleRoutes.RoleList.class)
                        .handle(call -> answer(users.roles(call.principal(), call.variable("id")))),
                Route.put(ROLES)
                        .needs(Users.WRITE)
                        .summary(
                                "Has a user have exactly these roles; nobody gives or takes one that allows more than they may")
                        .reads(UserRolesBody.class)
                        .answers(RoleRoutes.RoleList.class)
                        .handle(call -> answer(users.setRoles(
                                call.principal(),
                                call.variable("id"),
                                call.body(UserRolesBody.class).roles()))),
                Route.put(ROLES + "/{role}")
                        .needs(Users.WRITE)
                        .summary("Gives a role, by its name or id, to a user")
                        .answers(RoleRoutes.RoleList.class)
                        .handle(call ->
                                answer(users.give(call.principal(), call.variable("id"), call.variable("role")))),
                Route.delete(ROLES + "/{role}")
                        .needs(Users.WRITE)
                        .summary("Takes a role, by its name or id, from a user")
                        .answers(RoleRoutes.RoleList.class)
                        .handle(call ->
                                answer(users.take(call.principal(), call.variable("id"), call.variable("role")))));
    }

    record UserBody(
            @Description("Chosen by who manages the platform only; made up where it is absent")
            @Length(min = 1, max = 64)
            Optional<String> id,

            @Length(max = 255) Optional<String> email,

            @Length(max = 200) Optional<String> name,

            @Description("What the external issuer of tokens calls the user") @Length(max = 255)
            Optional<String> subject) {}

    record UserPatch(
            @Length(max = 255) Optional<String> email,

            @Length(max = 200) Optional<String> name,

            @Description("What the external issuer of tokens calls the user") @Length(max = 255)
            Optional<String> subject,

            @Description("Whether the user's credentials are refused")
            Optional<Boolean> disabled) {}

    record UserRolesBody(
            @Description("The names or ids of the roles") @Size(max = 200)
            List<@Length(min = 1, max = 64) String> roles) {}

    record UserPage(
            List<UserView> data,

            @Description("Where the next page begins; absent on the last") @JsonProperty("next_cursor")
            Optional<String> nextCursor) {}

    record UserView(
            String id,
            String email,
            String name,

            @Description("What the external issuer of tokens calls the user; empty for nothing")
            String subject,

            @JsonProperty("created_at") Instant createdAt,

            @Description("Since when the user's credentials are refused; absent if they are not")
            @JsonProperty("disabled_at")
            Optional<Instant> disabledAt) {

        static UserView of(User user) {
            return new UserView(
                    user.id(), user.email(), user.name(), user.subject(), user.createdAt(), user.disabledAt());
        }
    }

    private static RestResponse answer(List<Role> roles) {
        return RestResponse.ok(new RoleRoutes.RoleList(
                roles.stream().map(RoleRoutes.RoleView::of).toList()));
    }

    private RestResponse list(RestCall call) {
        Page<User> page =
                users.list(call.principal(), call.text("email"), call.text("cursor"), (int) call.number("limit"));
        return RestResponse.ok(new UserPage(
                page.data().stream().map(UserView::of).toList(),
                Optional.of(page.nextCursor()).filter(Predicate.not(String::isEmpty))));
    }

    private RestResponse create(RestCall call, RestUnit unit) {
        UserBody body = call.body(UserBody.class);
        NewUser wanted = new NewUser(
                body.id().orElse(""),
                body.email().orElse(""),
                body.name().orElse(""),
                body.subject().orElse(""));
        User made = users.create(unit.session(), call.principal(), wanted);
        return RestResponse.created(ALL + "/" + made.id(), UserView.of(made));
    }

    private RestResponse change(RestCall call) {
        UserPatch body = call.body(UserPatch.class);
        UserChange change = new UserChange(body.email(), body.name(), body.subject(), body.disabled());
        return RestResponse.ok(UserView.of(users.update(call.principal(), call.variable("id"), change)));
    }
}
