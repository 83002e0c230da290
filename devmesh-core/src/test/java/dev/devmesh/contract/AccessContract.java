package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.access.AccessControl;
import dev.devmesh.access.NewUser;
import dev.devmesh.access.Role;
import dev.devmesh.access.TenantInfo;
import dev.devmesh.access.ToolHolders;
import dev.devmesh.access.User;
import dev.devmesh.access.UserChange;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.audit.AuditFilter;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.BuiltInRole;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.TenantState;
import dev.devmesh.auth.UserRights;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Erasure;
import dev.devmesh.context.NewContext;
import dev.devmesh.store.ErasedKind;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.UserStore.Taken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tenants, users, roles and tool permissions, and what follows for who shows a key, over any store. */
public abstract class AccessContract extends StoreTestBase {

    private static final Principal PLATFORM = Principal.of(new Tenant("platform"), "root", "platform", "admin");
    private static final Principal OPERATOR = Principal.of(ACME, "operator", "platform", "admin");

    private ApiKeys keys;
    private Contexts contexts;
    private AccessControl access;
    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void openAccess() {
        keys = ApiKeys.in(store, clock);
        contexts = Contexts.in(store, clock);
        access = AccessControl.in(store, clock, contexts, keys.revocations());
        keys.revocations().onRightsChangedHere((tenant, user) -> told.add(tenant + "/" + user));
    }

    // ---- users

    @Test
    void aUserIsMadeFoundChangedAndRemoved() {
        User made = access.users().create(ALICE, NewUser.named("Ann").email("Ann@Example.org"));

        assertThat(made.id()).startsWith("user_");
        assertThat(made.email()).isEqualTo("ann@example.org");
        assertThat(made.isEnabled()).isTrue();
        assertThat(access.users().get(ALICE, made.id())).isEqualTo(made);
        assertThat(access.users().list(ALICE, "ANN@example.org", "", 10).data()).containsExactly(made);
        assertThat(access.users().rights(ALICE, made.id()))
                .isEqualTo(new UserRights(made.id(), true, Set.of(), Scopes.none()));

        clock.advance(Duration.ofSeconds(1));
        User changed = access.users()
                .update(ALICE, made.id(), UserChange.none().name("Anna").disabled(true));

        assertThat(changed.name()).isEqualTo("Anna");
        assertThat(changed.email()).isEqualTo(made.email());
        assertThat(changed.createdAt()).isEqualTo(made.createdAt());
        assertThat(changed.disabledAt()).contains(clock.instant());
        assertThat(access.users().get(ALICE, made.id())).isEqualTo(changed);
        clock.advance(Duration.ofSeconds(1));
        assertThat(access.users()
                        .update(ALICE, made.id(), UserChange.none().disabled(true))
                        .disabledAt())
                .isEqualTo(changed.disabledAt());
        assertThat(access.users()
                        .update(ALICE, made.id(), UserChange.none().disabled(false))
                        .isEnabled())
                .isTrue();

        access.users().delete(ALICE, made.id());

        refused(ErrorCode.USER_NOT_FOUND, () -> access.users().get(ALICE, made.id()));
        refused(ErrorCode.USER_NOT_FOUND, () -> access.users().delete(ALICE, made.id()));
        assertThat(access.users().list(ALICE, "", "", 10).data()).isEmpty();
    }

    @Test
    void usersOfAnotherTenantAreAsIfTheyDidNotExist() {
        User ann = access.users()
                .create(ALICE, NewUser.named("Ann").email("ann@example.org").subject("sub-1"));
        User same = access.users()
                .create(GEORGE, NewUser.named("Ann").email("ann@example.org").subject("sub-1"));

        assertThat(access.users().list(GEORGE, "", "", 10).data()).containsExactly(same);
        refused(ErrorCode.USER_NOT_FOUND, () -> access.users().get(GEORGE, ann.id()));
        refused(ErrorCode.USER_NOT_FOUND, () -> access.users().rights(GEORGE, ann.id()));
        refused(ErrorCode.USER_NOT_FOUND, () -> access.users().roles(GEORGE, ann.id()));
        refused(
                ErrorCode.USER_NOT_FOUND,
                () -> access.users().update(GEORGE, ann.id(), UserChange.none().disabled(true)));
        refused(ErrorCode.USER_NOT_FOUND, () -> access.users().delete(GEORGE, ann.id()));
        refused(ErrorCode.USER_NOT_FOUND, () -> access.users().give(GEORGE, ann.id(), "reader"));
        refused(ErrorCode.USER_NOT_FOUND, () -> access.toolPermissions().give(GEORGE, List.of("add"), ann.id()));
        refused(
                ErrorCode.USER_NOT_FOUND,
                () -> access.toolPermissions().set(GEORGE, List.of("add"), List.of(ann.id())));
        assertThat(store.system().standing(GLOBEX, "sub-1").user().orElseThrow().id())
                .isEqualTo(same.id());
        assertThat(access.users().get(ALICE, ann.id())).isEqualTo(ann);
        in(GLOBEX, session -> {
            assertThat(session.users().find(ann.id())).isEmpty();
            assertThat(session.users().lock(ann.id())).isEmpty();
            assertThat(session.users().standing(ann.id()).user()).isEmpty();
            assertThat(session.users().delete(ann.id())).isFalse();
            assertThat(session.roles().of(ann.id())).isEmpty();
            assertThat(session.toolPermissions().of(ann.id())).isEmpty();
            assertThat(session.keys().revokeAllOf(ann.id(), clock.instant())).isEmpty();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.users().insert(ann));
            return true;
        });
    }

    @Test
    void whatOnlyOneUserCanHaveIsRefusedByItsName() {
        User ann = access.users()
                .create(
                        OPERATOR,
                        NewUser.named("Ann")
                                .id("user-123")
                                .email("ann@example.org")
                                .subject("sub-1"));
        User bob = access.users().create(ALICE, NewUser.named("Bob"));

        assertThat(ann.id()).isEqualTo("user-123");
        assertThat(refused(
                                ErrorCode.ALREADY_EXISTS,
                                () -> access.users()
                                        .create(ALICE, NewUser.named("").email("ann@example.org")))
                        .getMessage())
                .contains("email");
        assertThat(refused(
                                ErrorCode.ALREADY_EXISTS,
                                () -> access.users()
                                        .update(
                                                ALICE,
                                                bob.id(),
                                                UserChange.none().subject("sub-1")))
                        .getMessage())
                .contains("subject");
        refused(
                ErrorCode.ALREADY_EXISTS,
                () -> access.users().create(OPERATOR, NewUser.named("").id("user-123")));
        in(GLOBEX, session -> {
            User taken = new User("user-123", GLOBEX, "", "", "", clock.instant(), Optional.empty());
            assertThat(session.users().insert(taken)).contains(Taken.ID);
            return true;
        });
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> access.users().create(ALICE, NewUser.named("").id("user-124")));
        assertThat(access.users()
                        .update(ALICE, ann.id(), UserChange.none().email("ann@example.org"))
                        .email())
                .isEqualTo("ann@example.org");
        access.users().update(ALICE, ann.id(), UserChange.none().email("").subject(""));
        access.users()
                .update(
                        ALICE,
                        bob.id(),
                        UserChange.none().email("ann@example.org").subject("sub-1"));
    }

    @Test
    void whatIsNoUserIsRefused() {
        for (NewUser bad : List.of(
                NewUser.named("x\0"),
                NewUser.named("x".repeat(201)),
                NewUser.named("").email("nobody"),
                NewUser.named("").email("a b@example.org"),
                NewUser.named("").email("a\0@example.org"),
                NewUser.named("").subject("s".repeat(256)),
                NewUser.named("").id("no such id"))) {
            refused(ErrorCode.INVALID_VALUE, () -> access.users().create(OPERATOR, bad));
        }
        refused(ErrorCode.INVALID_VALUE, () -> access.users().list(ALICE, "", "", 0));
        refused(ErrorCode.INVALID_VALUE, () -> access.users().list(ALICE, "", "nonsense", 1));
        refused(ErrorCode.USER_NOT_FOUND, () -> access.users().get(ALICE, "\0"));
    }

    @Test
    void usersAreListedNewestFirstPageByPage() {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            made.add(
                    0,
                    access.users()
                            .create(OPERATOR, NewUser.named("").id("user-" + i))
                            .id());
            clock.advance(Duration.ofSeconds(1));
        }
        access.users().create(GEORGE, NewUser.named("other"));

        List<String> seen = new ArrayList<>();
        String cursor = "";
        do {
            Page<User> page = access.users().list(ALICE, "", cursor, 2);
            page.data().forEach(user -> seen.add(user.id()));
            cursor = page.nextCursor();
        } while (!cursor.isEmpty());

        assertThat(seen).isEqualTo(made);
    }

    // ---- roles

    @Test
    void everyTenantHasTheBuiltInRolesWhichStay() {
        assertThat(access.roles().list(ALICE))
                .extracting(Role::name)
                .containsExactly("admin", "agent", "developer", "reader");
        for (BuiltInRole role : BuiltInRole.values()) {
            Role there = access.roles().get(ALICE, role.roleName());
            assertThat(there.allowed()).isEqualTo(role.allowed());
            assertThat(there.builtIn()).isTrue();
            assertThat(access.roles().get(ALICE, there.id())).isEqualTo(there);
            refused(ErrorCode.INVALID_VALUE, () -> access.roles().delete(ALICE, there.id()));
            refused(ErrorCode.ROLE_NOT_FOUND, () -> access.roles().get(GEORGE, there.id()));
        }
        refused(ErrorCode.INVALID_VALUE, () -> access.roles().allow(ALICE, "admin", List.of("contexts:read")));
        access.roles().allow(ALICE, "reader", List.of("contexts:read"));
        assertThat(access.roles().get(ALICE, "reader").allowed()).isEqualTo(Scopes.of("contexts:read"));
        assertThat(access.roles().get(GEORGE, "reader").allowed()).isEqualTo(BuiltInRole.READER.allowed());
    }

    @Test
    void aRoleIsMadeChangedAndTakenFromAllWhenItGoes() {
        User ann = access.users().create(ALICE, NewUser.named("Ann"));
        Role made = access.roles().create(ALICE, "reviewer", List.of("contexts:read", "tools:execute:github"));
        access.users().give(ALICE, ann.id(), "reviewer");

        assertThat(access.users().rights(ALICE, ann.id()))
                .isEqualTo(new UserRights(
                        ann.id(), true, Set.of("reviewer"), Scopes.of("contexts:read", "tools:execute:github")));
        access.roles().allow(ALICE, made.id(), List.of("contexts"));
        assertThat(access.users().rights(ALICE, ann.id()).allowed()).isEqualTo(Scopes.of("contexts"));
        access.roles().allow(ALICE, made.id(), List.of());
        assertThat(access.users().rights(ALICE, ann.id()).allowed()).isEqualTo(Scopes.none());
        refused(ErrorCode.ALREADY_EXISTS, () -> access.roles().create(ALICE, "reviewer", List.of()));
        refused(ErrorCode.ROLE_NOT_FOUND, () -> access.roles().delete(GEORGE, made.id()));
        refused(ErrorCode.ROLE_NOT_FOUND, () -> access.roles().allow(GEORGE, "reviewer", List.of()));
        assertThat(access.roles().create(GEORGE, "reviewer", List.of()).id()).isNotEqualTo(made.id());

        access.roles().delete(ALICE, "reviewer");

        assertThat(access.users().roles(ALICE, ann.id())).isEmpty();
        assertThat(access.users().rights(ALICE, ann.id()).roles()).isEmpty();
        refused(ErrorCode.ROLE_NOT_FOUND, () -> access.roles().get(ALICE, "reviewer"));
    }

    @Test
    void anUnknownPermissionIsRefusedWithTheKnownOnes() {
        assertThat(refused(
                                ErrorCode.INVALID_VALUE,
                                () -> access.roles().create(ALICE, "wrong", List.of("context:read")))
                        .sentence())
                .contains("'context:read'")
                .contains("contexts:read")
                .contains("audit:read");
        for (String bad : List.of("", ":", "contexts:", "tools:execute:a b", "tools:execute:", "x".repeat(201))) {
            refused(ErrorCode.INVALID_VALUE, () -> access.roles().create(ALICE, "wrong", List.of(bad)));
        }
        for (String bad : List.of("", "Reviewer", "role_x", "9", "a b", "x".repeat(65))) {
            refused(ErrorCode.INVALID_VALUE, () -> access.roles().create(ALICE, bad, List.of()));
        }
        refused(
                ErrorCode.INVALID_VALUE,
                () -> access.roles()
                        .create(
                                ALICE,
                                "wide",
                                IntStream.range(0, 201)
                                        .mapToObj(i -> "tools:execute:t" + i)
                                        .toList()));
    }

    @Test
    void rolesAreGivenTakenAndSet() {
        User ann = access.users().create(ALICE, NewUser.named("Ann"));

        assertThat(access.users().give(ALICE, ann.id(), "reader"))
                .extracting(Role::name)
                .containsExactly("reader");
        assertThat(access.users().give(ALICE, ann.id(), "reader"))
                .extracting(Role::name)
                .containsExactly("reader");
        assertThat(access.users().setRoles(ALICE, ann.id(), List.of("agent", "developer", "agent")))
                .extracting(Role::name)
                .containsExactly("agent", "developer");
        assertThat(access.users().take(ALICE, ann.id(), "agent"))
                .extracting(Role::name)
                .containsExactly("developer");
        assertThat(access.users().take(ALICE, ann.id(), "agent")).hasSize(1);
        assertThat(access.users().rights(ALICE, ann.id()).allowed()).isEqualTo(BuiltInRole.DEVELOPER.allowed());
        refused(ErrorCode.ROLE_NOT_FOUND, () -> access.users().give(ALICE, ann.id(), "wizard"));
        refused(
                ErrorCode.ROLE_NOT_FOUND,
                () -> access.users()
                        .give(
                                ALICE,
                                ann.id(),
                                access.roles().get(GEORGE, "reader").id()));
        in(GLOBEX, session -> {
            Role reader = session.roles().findByName("reader").orElseThrow();
            assertThatIllegalStateException().isThrownBy(() -> session.roles().give(ann.id(), reader.id()));
            return true;
        });
    }

    // ---- nobody gives more than they have

    @Test
    void nobodyGivesMoreThanTheyHaveNorChangesWhoHasMore() {
        Principal clerk = Principal.of(ACME, "clerk", "users", "contexts:read", "tools:execute:github");
        User ann = access.users().create(clerk, NewUser.named("Ann"));
        User boss = access.users().create(ALICE, NewUser.named("Boss"));
        access.users().give(ALICE, boss.id(), "admin");

        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().give(clerk, ann.id(), "admin"));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().setRoles(clerk, ann.id(), List.of("agent")));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().take(clerk, boss.id(), "admin"));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> access.users().update(clerk, boss.id(), UserChange.none().subject("clerk")));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().delete(clerk, boss.id()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.roles().create(clerk, "mine", List.of("admin")));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.roles().create(ALICE, "mine", List.of("platform:tenants")));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.roles().allow(clerk, "agent", List.of()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.toolPermissions().give(clerk, List.of("aws"), ann.id()));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> access.toolPermissions().set(clerk, List.of("aws_list", "aws"), List.of(ann.id())));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> access.users().update(clerk, boss.id(), UserChange.none().disabled(true)));

        access.roles().create(clerk, "mine", List.of("contexts:read"));
        access.users().give(clerk, ann.id(), "mine");
        access.toolPermissions().give(clerk, List.of("github"), ann.id());
        access.users().update(clerk, ann.id(), UserChange.none().name("Anna"));
        access.users().delete(clerk, ann.id());
        assertThat(access.users().rights(ALICE, boss.id()).roles()).containsExactly("admin");
    }

    @Test
    void eachCallNeedsItsPermission() {
        User ann = access.users().create(ALICE, NewUser.named("Ann"));
        Principal reader = Principal.of(ACME, "reader", "users:read");
        Principal writer = Principal.of(ACME, "writer", "users:write");

        access.users().list(reader, "", "", 1);
        access.roles().list(reader);
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().list(writer, "", "", 1));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().get(writer, ann.id()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().rights(writer, ann.id()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().roles(writer, ann.id()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.roles().list(writer));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.roles().get(writer, "reader"));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.toolPermissions().holders(writer, List.of("a"), "", 1));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().create(reader, NewUser.named("x")));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().update(reader, ann.id(), UserChange.none()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().delete(reader, ann.id()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().give(reader, ann.id(), "reader"));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.roles().create(reader, "x", List.of()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.roles().allow(reader, "agent", List.of()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.roles().delete(reader, "agent"));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.toolPermissions().give(reader, List.of("a"), ann.id()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.toolPermissions().take(reader, List.of("a"), ann.id()));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.toolPermissions().set(reader, List.of("a"), List.of()));
        for (Principal administrator : List.of(ALICE, Principal.of(ACME, "x", "users", "contexts"))) {
            refused(ErrorCode.PERMISSION_DENIED, () -> access.tenants().list(administrator, "", 1));
            refused(ErrorCode.PERMISSION_DENIED, () -> access.tenants().get(administrator, "acme"));
            refused(ErrorCode.PERMISSION_DENIED, () -> access.tenants().create(administrator, "new", ""));
            refused(ErrorCode.PERMISSION_DENIED, () -> access.tenants().suspend(administrator, "globex"));
            refused(ErrorCode.PERMISSION_DENIED, () -> access.tenants().resume(administrator, "globex"));
            refused(ErrorCode.PERMISSION_DENIED, () -> access.tenants().delete(administrator, "globex"));
        }
    }

    // ---- tools

    @Test
    void toolPermissionsAreForOneToolOrAWholeProvider() {
        User ann = access.users().create(OPERATOR, NewUser.named("Ann").id("user-1"));
        User bob = access.users().create(OPERATOR, NewUser.named("Bob").id("user-2"));
        User eve = access.users().create(OPERATOR, NewUser.named("Eve").id("user-3"));
        User other = access.users().create(GEORGE, NewUser.named("other"));
        List<String> issues = List.of("github_list_issues", "github");
        access.toolPermissions().set(ALICE, issues, List.of(ann.id()));
        access.toolPermissions().give(ALICE, List.of("github"), bob.id());
        access.toolPermissions().give(GEORGE, List.of("github"), other.id());
        access.users().give(ALICE, eve.id(), "agent");
        access.users().give(ALICE, ann.id(), "agent");

        assertThat(access.users().rights(ALICE, bob.id()).allowed()).isEqualTo(Scopes.of("tools:execute:github"));
        ToolHolders holders = access.toolPermissions().holders(ALICE, issues, "", 10);
        assertThat(holders.roles()).extracting(Role::name).containsExactly("admin", "agent", "developer");
        assertThat(holders.users().data())
                .containsExactly(
                        new ToolHolders.Holder(ann, Set.of("agent"), Set.of("github_list_issues")),
                        new ToolHolders.Holder(bob, Set.of(), Set.of("github")),
                        new ToolHolders.Holder(eve, Set.of("agent"), Set.of()));
        ToolHolders first = access.toolPermissions().holders(ALICE, issues, "", 1);
        assertThat(first.users().data()).hasSize(1);
        assertThat(access.toolPermissions()
                        .holders(ALICE, issues, first.users().nextCursor(), 10)
                        .users()
                        .data())
                .extracting(holder -> holder.user().id())
                .containsExactly("user-2", "user-3");

        access.toolPermissions().set(ALICE, issues, List.of(eve.id()));
        access.toolPermissions().take(ALICE, List.of("github"), bob.id());

        assertThat(access.toolPermissions()
                        .holders(ALICE, issues, "", 10)
                        .users()
                        .data())
                .containsExactly(
                        new ToolHolders.Holder(ann, Set.of("agent"), Set.of()),
                        new ToolHolders.Holder(eve, Set.of("agent"), Set.of("github_list_issues")));
        refused(
                ErrorCode.USER_NOT_FOUND,
                () -> access.toolPermissions().set(ALICE, issues, List.of(bob.id(), "user-9")));
        assertThat(access.users().rights(ALICE, bob.id()).allowed()).isEqualTo(Scopes.none());
        assertThat(access.users().rights(GEORGE, other.id()).allowed()).isEqualTo(Scopes.of("tools:execute:github"));
    }

    // ---- who shows a key

    @Test
    void aKeyDoesWhatItAndItsUserMayDo() {
        User ann = access.users().create(ALICE, NewUser.named("Ann"));
        NewKey key = keys.create(ALICE, KeySpec.named("laptop").user(ann.id()).scopes("contexts", "tools:execute"));

        assertThat(shown(key).may("contexts:read")).isFalse();
        access.users().give(ALICE, ann.id(), "reader");
        access.toolPermissions().give(ALICE, List.of("github"), ann.id());

        Principal caller = shown(key);
        assertThat(caller.subject()).isEqualTo(ann.id());
        assertThat(caller.roles()).containsExactly("reader");
        assertThat(caller.user().orElseThrow().id()).isEqualTo(ann.id());
        assertThat(caller.may("contexts:read")).isTrue();
        assertThat(caller.may("contexts:write")).isFalse();
        assertThat(caller.may("resources:read")).isFalse();
        assertThat(caller.may("tools:execute:github")).isTrue();
        assertThat(caller.may("tools:execute")).isFalse();
        assertThat(store.system()
                        .keyById(key.key().id())
                        .orElseThrow()
                        .standing()
                        .user())
                .isEqualTo(caller.user());
    }

    @Test
    void theKeysOfADisabledOrDeletedUserAreRefused() {
        User ann = access.users().create(ALICE, NewUser.named("Ann"));
        NewKey key = keys.create(ALICE, KeySpec.named("laptop").user(ann.id()));
        NewKey others = keys.create(ALICE, KeySpec.named("ci"));

        access.users().update(ALICE, ann.id(), UserChange.none().disabled(true));
        refused(ErrorCode.USER_DISABLED, () -> shown(key));
        access.users().update(ALICE, ann.id(), UserChange.none().disabled(false));
        shown(key);
        access.users().delete(ALICE, ann.id());

        refused(ErrorCode.KEY_REVOKED, () -> shown(key));
        assertThat(keys.get(ALICE, key.key().id()).revokedAt()).contains(clock.instant());
        shown(others);
        in(ACME, session -> {
            ApiKey stored = session.keys().lock(key.key().id()).orElseThrow();
            session.keys()
                    .update(new ApiKey(
                            stored.id(),
                            stored.tenant(),
                            stored.userId(),
                            stored.name(),
                            stored.hash(),
                            stored.scopes(),
                            stored.plan(),
                            stored.createdAt(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty()));
            return true;
        });
        keys.lookup().forgetAll(); // what is written past the service is not seen at once
        refused(ErrorCode.USER_DISABLED, () -> shown(key));
    }

    @Test
    void aUserMakesKeysForItselfAndAnAdministratorForAnyUserThatThereIs() {
        User ann = access.users().create(ALICE, NewUser.named("Ann"));
        User bob = access.users().create(ALICE, NewUser.named("Bob"));
        User other = access.users().create(GEORGE, NewUser.named("other"));
        access.users().give(ALICE, ann.id(), "developer");
        Principal developer = shown(
                keys.create(ALICE, KeySpec.named("laptop").user(ann.id()).scopes("keys:write", "contexts:write")));

        assertThat(keys.create(developer, KeySpec.named("ci").scopes("contexts:write"))
                        .key()
                        .userId())
                .isEqualTo(ann.id());
        assertThat(keys.create(developer, KeySpec.named("ci").user(ann.id()))
                        .key()
                        .userId())
                .isEqualTo(ann.id());
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.create(developer, KeySpec.named("ci").user(bob.id())));
        assertThat(keys.create(ALICE, KeySpec.named("ci").user(bob.id())).key().userId())
                .isEqualTo(bob.id());
        assertThat(keys.create(ALICE, KeySpec.named("ci")).key().userId()).isEmpty();
        for (String nobody : List.of("user-404", other.id(), "a@b")) {
            refused(
                    ErrorCode.INVALID_VALUE,
                    () -> keys.create(ALICE, KeySpec.named("ci").user(nobody)));
        }
    }

    @Test
    void whoAnExternalIssuerVouchesForIsTheUserOfThatSubject() {
        User ann = access.users().create(ALICE, NewUser.named("Ann").subject("auth0|42"));
        access.users().give(ALICE, ann.id(), "reader");

        UserRights rights = store.system().standing(ACME, "auth0|42").user().orElseThrow();

        assertThat(rights).isEqualTo(access.users().rights(ALICE, ann.id()));
        assertThat(store.system().standing(ACME, "auth0|43")).isEqualTo(Standing.good());
        assertThat(store.system().standing(GLOBEX, "auth0|42")).isEqualTo(Standing.good());
        Principal shown =
                store.system().standing(ACME, "auth0|42").admit(Principal.of(ACME, "auth0|42", "contexts", "tools"));
        assertThat(shown.may("contexts:read")).isTrue();
        assertThat(shown.may("contexts:write")).isFalse();
    }

    // ---- tenants

    @Test
    void aTenantIsMadeSuspendedResumedAndDeletedWithItsData() {
        TenantInfo made = access.tenants().create(PLATFORM, "acme", "Acme Inc.");
        User ann = access.users().create(ALICE, NewUser.named("Ann"));
        access.users().give(ALICE, ann.id(), "reader");
        NewKey key = keys.create(ALICE, KeySpec.named("ci").scopes("contexts"));
        contexts.create(ALICE, NewContext.named("notes"));
        NewKey globex = keys.create(GEORGE, KeySpec.named("ci"));

        assertThat(made.state()).isEqualTo(TenantState.ACTIVE);
        assertThat(access.tenants().get(PLATFORM, "acme")).isEqualTo(made);
        refused(ErrorCode.ALREADY_EXISTS, () -> access.tenants().create(PLATFORM, "acme", ""));

        clock.advance(Duration.ofSeconds(1));
        assertThat(access.tenants().suspend(PLATFORM, "acme").suspendedAt()).contains(clock.instant());
        assertThat(refused(ErrorCode.TENANT_SUSPENDED, () -> shown(key)).getMessage())
                .contains("suspended");
        assertThat(in(ACME, session -> session.users().standing(ann.id())).tenant())
                .isEqualTo(TenantState.SUSPENDED);
        assertThat(store.system().standing(ACME, "anybody").tenant()).isEqualTo(TenantState.SUSPENDED);
        shown(globex);
        assertThat(access.tenants().resume(PLATFORM, "acme").state()).isEqualTo(TenantState.ACTIVE);
        shown(key);

        Erasure receipt = access.tenants().delete(PLATFORM, "acme");

        assertThat(receipt.tenant()).isEqualTo(ACME);
        assertThat(receipt.rows(ErasedKind.CONTEXTS)).isOne();
        assertThat(receipt.rows(ErasedKind.KEYS)).isOne();
        assertThat(receipt.rows(ErasedKind.USERS)).isOne();
        assertThat(receipt.rows(ErasedKind.ROLES)).isEqualTo(4);
        refused(ErrorCode.KEY_UNKNOWN, () -> shown(key));
        assertThat(access.tenants().get(PLATFORM, "acme").state()).isEqualTo(TenantState.DELETED);
        assertThat(store.system().standing(ACME, "anybody").tenant()).isEqualTo(TenantState.DELETED);
        refused(ErrorCode.ALREADY_EXISTS, () -> access.tenants().create(PLATFORM, "acme", ""));
        refused(ErrorCode.INVALID_VALUE, () -> access.tenants().suspend(PLATFORM, "acme"));
        refused(ErrorCode.INVALID_VALUE, () -> access.tenants().resume(PLATFORM, "acme"));
        assertThat(access.tenants().delete(PLATFORM, "acme").rows(ErasedKind.CONTEXTS))
                .isZero();
        shown(globex);
    }

    @Test
    void tenantsThatNobodyMadeAreActiveAndOnlyThoseThatWereMadeAreListed() {
        NewKey key = keys.create(GEORGE, KeySpec.named("ci"));
        for (String id : List.of("a.b", "c-d", "e_f")) {
            access.tenants().create(PLATFORM, id, "");
            clock.advance(Duration.ofSeconds(1));
        }

        shown(key);
        refused(ErrorCode.TENANT_NOT_FOUND, () -> access.tenants().get(PLATFORM, "globex"));
        refused(ErrorCode.TENANT_NOT_FOUND, () -> access.tenants().suspend(PLATFORM, "globex"));
        refused(ErrorCode.TENANT_NOT_FOUND, () -> access.tenants().get(PLATFORM, "no such\0"));
        refused(ErrorCode.INVALID_VALUE, () -> access.tenants().create(PLATFORM, "no such", ""));
        Page<TenantInfo> first = access.tenants().list(PLATFORM, "", 2);
        assertThat(first.data()).extracting(tenant -> tenant.tenant().id()).containsExactly("e_f", "c-d");
        assertThat(first.data()).extracting(TenantInfo::name).containsExactly("e_f", "c-d");
        assertThat(access.tenants().list(PLATFORM, first.nextCursor(), 2).data())
                .extracting(tenant -> tenant.tenant().id())
                .containsExactly("a.b");
    }

    @Test
    void nobodySuspendsOrDeletesTheTenantThatTheyActFor() {
        access.tenants().create(PLATFORM, "platform", "");

        refused(ErrorCode.INVALID_VALUE, () -> access.tenants().suspend(PLATFORM, "platform"));
        refused(ErrorCode.INVALID_VALUE, () -> access.tenants().delete(PLATFORM, "platform"));
        refused(ErrorCode.INVALID_VALUE, () -> access.tenants().enter(PLATFORM, "platform"));
    }

    @Test
    void whoManagesThePlatformEntersAnotherTenantAsItsAdministratorWhileItIsActive() {
        access.tenants().create(PLATFORM, "initech", "");

        Principal within = access.tenants().enter(PLATFORM, "initech");
        assertThat(within.tenant()).isEqualTo(new Tenant("initech"));
        assertThat(within.may("admin")).isTrue();
        assertThat(within.may("platform:tenants")).isFalse();
        access.tenants().suspend(PLATFORM, "initech");
        refused(ErrorCode.TENANT_SUSPENDED, () -> access.tenants().enter(PLATFORM, "initech"));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.tenants().enter(ALICE, "initech"));
    }

    /** A token of an external issuer would then be held by its scopes alone. */
    @Test
    void nobodyUnlinksOrDeletesTheUserThatTheyActFor() {
        User ann = access.users().create(ALICE, NewUser.named("Ann"));
        access.users().give(ALICE, ann.id(), "admin");
        Principal self =
                shown(keys.create(ALICE, KeySpec.named("laptop").scopes("admin").user(ann.id())));

        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> access.users().update(self, ann.id(), UserChange.none().subject("other")));
        refused(ErrorCode.PERMISSION_DENIED, () -> access.users().delete(self, ann.id()));
        access.users().update(self, ann.id(), UserChange.none().name("Anna"));
    }

    // ---- who is told, and what is recorded

    @Test
    void everyChangeOfRightsIsToldAfterItHappened() {
        User ann = access.users().create(OPERATOR, NewUser.named("Ann").id("user-1"));
        Role role = access.roles().create(ALICE, "reviewer", List.of());
        assertThat(told).isEmpty();

        access.users().give(ALICE, ann.id(), "reviewer");
        access.users().take(ALICE, ann.id(), "reviewer");
        access.users().update(ALICE, ann.id(), UserChange.none().disabled(true));
        access.toolPermissions().give(ALICE, List.of("add"), ann.id());
        access.toolPermissions().give(ALICE, List.of("add"), ann.id());
        access.toolPermissions().set(ALICE, List.of("add"), List.of());
        access.roles().allow(ALICE, role.id(), List.of("contexts"));
        access.roles().delete(ALICE, role.id());
        access.users().delete(ALICE, ann.id());
        access.tenants().create(PLATFORM, "acme", "");
        access.tenants().suspend(PLATFORM, "acme");

        assertThat(told)
                .containsExactly(
                        "acme/user-1",
                        "acme/user-1",
                        "acme/user-1",
                        "acme/user-1",
                        "acme/user-1",
                        "acme/",
                        "acme/",
                        "acme/user-1",
                        "acme/");
        refused(ErrorCode.USER_NOT_FOUND, () -> access.users().give(ALICE, "user-9", "reader"));
        assertThat(told).hasSize(9);
    }

    @Test
    void everyChangeIsInTheAuditLogOfItsTenant() {
        User ann = access.users().create(ALICE, NewUser.named("Ann").email("ann@example.org"));
        access.users().give(ALICE, ann.id(), "reader");
        access.toolPermissions().give(ALICE, List.of("github"), ann.id());
        access.users().update(ALICE, ann.id(), UserChange.none().email("new@example.org"));
        access.users().delete(ALICE, ann.id());
        access.tenants().create(PLATFORM, "new", "");

        List<AuditEntry> entries = in(ACME, session -> session.audit().list(AuditFilter.all(), null, 100));
        assertThat(entries)
                .extracting(AuditEntry::action)
                .containsExactlyInAnyOrder("user.create", "role.give", "tool.allow", "user.update", "user.delete");
        assertThat(entries).allSatisfy(entry -> {
            assertThat(entry.object()).isEqualTo(ann.id());
            assertThat(entry.subject()).isEqualTo("alice");
            assertThat(entry.detail()).doesNotContain("example.org");
        });
        List<AuditEntry> platform =
                in(PLATFORM.tenant(), session -> session.audit().list(AuditFilter.all(), null, 100));
        assertThat(platform).extracting(AuditEntry::action).containsExactly("tenant.create");
    }

    private Principal shown(NewKey key) throws MeshException {
        return keys.authenticator()
                .authenticate(new Credentials("", key.secret(), ""))
                .orElseThrow();
    }

    private <T> T in(Tenant tenant, Function<StoreSession, T> work) {
        return store.inTransaction(tenant, work);
    }
}
