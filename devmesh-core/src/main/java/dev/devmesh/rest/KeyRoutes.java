package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.access.Tenants;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.KeyChange;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Permissions;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.RotatedKey;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.UserRights;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.Range;
import dev.devmesh.schema.Size;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * {@code /api/v1/auth/keys}: API keys. An answer with a secret is not to be kept by anybody on its way, and takes no idempotency key,
 * for which the server would have to keep it.
 */
final class KeyRoutes {

    private static final String ALL = "/api/v1/auth/keys";
    private static final String ONE = ALL + "/{key_id}";
    private static final Duration WARNED_BEFORE = Duration.ofDays(7);

    private final ApiKeys keys;
    private final Tenants tenants;
    private final InstantSource clock;

    KeyRoutes(ApiKeys keys, Tenants tenants, InstantSource clock) {
        this.keys = keys;
        this.tenants = tenants;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL)
                        .needs(ApiKeys.READ)
                        .summary("Lists API keys, newest first, good or not")
                        .query(Parameter.CURSOR, Parameter.limit(ApiKeys.MAX_PAGE, 50))
                        .answers(KeyPage.class)
                        .handle(this::list),
                Route.post(ALL)
                        .needs(ApiKeys.WRITE)
                        .summary("Makes an API key and shows its secret, this once")
                        .reads(KeyBody.class)
                        .answers(NewKeyView.class)
                        .make(this::create),
                Route.get(ALL + "/validate")
                        .forAnyCaller()
                        .summary("Shows what the credential of this request is and allows")
                        .answers(CredentialView.class)
                        .handle(this::validate),
                Route.get(ONE)
                        .needs(ApiKeys.READ)
                        .summary("Shows an API key, without its secret")
                        .answers(KeyView.class)
                        .handle(call -> RestResponse.ok(view(keys.get(call.principal(), call.variable("key_id"))))),
                Route.patch(ONE)
                        .needs(ApiKeys.WRITE)
                        .summary("Changes what is given of an API key, everywhere within 5 seconds")
                        .reads(KeyPatch.class)
                        .answers(KeyView.class)
                        .handle(this::change),
                Route.delete(ONE)
                        .needs(ApiKeys.WRITE)
                        .summary("Revokes an API key for good, everywhere within 5 seconds")
                        .handle(this::revoke),
                Route.post(ONE + "/rotate")
                        .needs(ApiKeys.WRITE)
                        .summary("Makes a key that takes the place of this one and shows its secret, this once")
                        .reads(RotateBody.class)
                        .answers(NewKeyView.class)
                        .make(this::rotate),
                Route.post("/api/v1/tenants/{id}/keys")
                        .needs(Tenants.MANAGE)
                        .summary(
                                "Makes an administrator's key of a tenant, its first for example, and shows its secret, this once")
                        .reads(TenantKeyBody.class)
                        .answers(NewKeyView.class)
                        .make(this::createForTenant));
    }

    // ---- what travels

    record KeyPage(
            List<KeyView> data,

            @Description("Where the next page begins; absent on the last") @JsonProperty("next_cursor")
            Optional<String> nextCursor) {}

    enum KeyState {
        good,
        expired,
        revoked
    }

    record KeyView(
            String id,
            String name,
            KeyState state,

            @Description("What it allows, at most: with a user, only what the user may, too")
            List<String> scopes,

            @Description("Its rate plan") String plan,

            @Description("The user that it acts for; absent for none") @JsonProperty("user_id")
            Optional<String> userId,

            @JsonProperty("created_at") Instant createdAt,

            @Description("Until when it is good; absent for ever") @JsonProperty("expires_at")
            Optional<Instant> expiresAt,

            @JsonProperty("revoked_at") Optional<Instant> revokedAt,

            @Description("To the minute; absent if it never was") @JsonProperty("last_used_at")
            Optional<Instant> lastUsedAt) {}

    record NewKeyView(
            @Description("Send it as X-API-Key. It is not shown again")
            String secret,

            KeyView key,

            @Description("The key whose place it takes, with the expiry that it has now")
            Optional<KeyView> replaces) {}

    record KeyBody(
            @Description("What people call it") String name,

            @Description("What it allows; nothing if absent") @Size(max = ApiKeys.MAX_SCOPES)
            Optional<List<String>> scopes,

            @Description("Its rate plan; the caller's if absent")
            Optional<String> plan,

            @Description("The user that it acts for") @JsonProperty("user_id")
            Optional<String> userId,

            @Description("Until when it is good; for ever if this and expires_in_seconds are absent")
            @JsonProperty("expires_at")
            Optional<Instant> expiresAt,

            @Description("How long it is good") @JsonProperty("expires_in_seconds") @Range(min = 1)
            OptionalLong expiresInSeconds) {}

    record TenantKeyBody(@Description("What people call it") String name) {}

    record KeyPatch(
            @Description("What people call it") Optional<String> name,

            @Description("What it allows, in place of all that it did") @Size(max = ApiKeys.MAX_SCOPES)
            Optional<List<String>> scopes,

            @Description("Its rate plan") Optional<String> plan,

            @Description("Until when it is good") @JsonProperty("expires_at")
            Optional<Instant> expiresAt,

            @Description("How long it is good from now on; 0 is for ever")
            @JsonProperty("expires_in_seconds")
            @Range(min = 0)
            OptionalLong expiresInSeconds) {}

    record RotateBody(
            @Description("How long the old key is good beside the new one; 24 hours if absent")
            @JsonProperty("overlap_seconds")
            @Range(min = 0)
            OptionalLong overlapSeconds) {}

    record CredentialView(
            @Description("The id of the key, or what a credential of another kind is counted by")
            String id,

            @Description("The name of the key, or who is calling")
            String name,

            @JsonProperty("tenant_id") String tenantId,

            @Description("The user that it acts for; absent for none") @JsonProperty("user_id")
            Optional<String> userId,

            @Description("The roles of the user") List<String> roles,

            @Description("What the credential allows, at most")
            List<String> scopes,

            @Description("What the caller may do: what the credential allows and, with a user, the user may")
            List<String> permissions,

            @Description("The rate plan") String plan,

            @Description("Until when it is good; absent for ever") @JsonProperty("expires_at")
            Optional<Instant> expiresAt,

            @Description("Until then, from now on") @JsonProperty("seconds_left")
            OptionalLong secondsLeft,

            @Description("What to do soon") Optional<String> warning) {}

    private KeyView view(ApiKey key) {
        KeyState state = key.revokedAt().isPresent()
                ? KeyState.revoked
                : key.isExpired(clock.instant()) ? KeyState.expired : KeyState.good;
        return new KeyView(
                key.id(),
                key.name(),
                state,
                sorted(key.scopes().names()),
                key.plan(),
                Optional.of(key.userId()).filter(Predicate.not(String::isEmpty)),
                key.createdAt(),
                key.expiresAt(),
                key.revokedAt(),
                key.lastUsedAt());
    }

    private static List<String> sorted(Collection<String> names) {
        return names.stream().sorted().toList();
    }

    // ---- what is done

    private RestResponse list(RestCall call) {
        call.stage("store");
        Page<ApiKey> page = keys.list(call.principal(), call.text("cursor"), (int) call.number("limit"));
        return RestResponse.ok(new KeyPage(
                page.data().stream().map(this::view).toList(),
                Optional.of(page.nextCursor()).filter(Predicate.not(String::isEmpty))));
    }

    private RestResponse create(RestCall call) {
        KeyBody body = call.body(KeyBody.class);
        requireOneExpiry(body.expiresAt(), body.expiresInSeconds());
        KeySpec spec = KeySpec.named(body.name())
                .scopes(Scopes.given(body.scopes().orElse(List.of())))
                .plan(body.plan().orElse(""))
                .user(body.userId().orElse(""));
        if (body.expiresAt().isPresent()) {
            spec = spec.expiresAt(body.expiresAt().get());
        } else if (body.expiresInSeconds().isPresent()) {
            spec = spec.expiresIn(Duration.ofSeconds(body.expiresInSeconds().getAsLong()));
        }
        call.stage("store");
        return shown(keys.create(call.principal(), spec), Optional.empty());
    }

    private RestResponse createForTenant(RestCall call) {
        KeySpec spec = KeySpec.named(call.body(TenantKeyBody.class).name()).scopes(Scopes.ADMIN);
        call.stage("store");
        Principal administrator = tenants.enter(call.principal(), call.variable("id"));
        return shown(keys.create(administrator, spec), Optional.empty());
    }

    private RestResponse change(RestCall call) {
        KeyPatch body = call.body(KeyPatch.class);
        requireOneExpiry(body.expiresAt(), body.expiresInSeconds());
        KeyChange change = KeyChange.nothing();
        if (body.name().isPresent()) {
            change = change.name(body.name().get());
        }
        if (body.scopes().isPresent()) {
            change = change.scopes(Scopes.given(body.scopes().get()));
        }
        if (body.plan().isPresent()) {
            change = change.plan(body.plan().get());
        }
        if (body.expiresAt().isPresent()) {
            change = change.expiresAt(body.expiresAt().get());
        } else if (body.expiresInSeconds().isPresent()) {
            change = change.expiresIn(Duration.ofSeconds(body.expiresInSeconds().getAsLong()));
        }
        call.stage("store");
        return RestResponse.ok(view(keys.update(call.principal(), call.variable("key_id"), change)));
    }

    private static void requireOneExpiry(Optional<Instant> at, OptionalLong in) {
        if (at.isPresent() && in.isPresent()) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    "A key expires at a time or in a time, not both.",
                    "Leave expires_at or expires_in_seconds out.");
        }
    }

    private RestResponse revoke(RestCall call) {
        call.stage("store");
        keys.revoke(call.principal(), call.variable("key_id"));
        return RestResponse.noContent();
    }

    private RestResponse rotate(RestCall call) {
        RotateBody body = call.body(RotateBody.class);
        Duration overlap = body.overlapSeconds().isPresent()
                ? Duration.ofSeconds(body.overlapSeconds().getAsLong())
                : ApiKeys.DEFAULT_OVERLAP;
        call.stage("store");
        RotatedKey rotated = keys.rotate(call.principal(), call.variable("key_id"), overlap);
        return shown(rotated.fresh(), Optional.of(rotated.old()));
    }

    private RestResponse shown(NewKey made, Optional<ApiKey> replaced) {
        NewKeyView view = new NewKeyView(made.secret(), view(made.key()), replaced.map(this::view));
        return RestResponse.created(ALL + "/" + made.key().id(), view).with("Cache-Control", "no-store");
    }

    private RestResponse validate(RestCall call) {
        Principal caller = call.principal();
        call.stage("store");
        Optional<ApiKey> key = keys.own(caller);
        Optional<Instant> expiry = key.flatMap(ApiKey::expiresAt);
        Duration left = expiry.map(end -> Duration.between(clock.instant(), end))
                .filter(Predicate.not(Duration::isNegative))
                .orElse(Duration.ZERO);
        return RestResponse.ok(new CredentialView(
                caller.credentialId(),
                key.map(ApiKey::name).orElse(caller.subject()),
                caller.tenant().id(),
                caller.user()
                        .map(UserRights::id)
                        .or(() -> key.map(ApiKey::userId).filter(Predicate.not(String::isEmpty))),
                sorted(caller.roles()),
                sorted(caller.scopes().names()),
                permissions(caller),
                caller.plan(),
                expiry,
                expiry.isPresent() ? OptionalLong.of(left.toSeconds()) : OptionalLong.empty(),
                expiry.filter(end -> left.compareTo(WARNED_BEFORE) < 0)
                        .map(end -> "The key expires soon, at " + end + ". Replace it: POST " + ALL + "/"
                                + caller.credentialId() + "/rotate.")));
    }

    /** What the caller may do of what there is, and of the things by their names what both the credential and the user name. */
    private static List<String> permissions(Principal caller) {
        Stream<String> named = Stream.concat(
                caller.scopes().names().stream(),
                caller.user().stream().flatMap(user -> user.allowed().names().stream()));
        return Stream.concat(Permissions.all().stream().map(Permissions.Known::name), named)
                .filter(caller::may)
                .distinct()
                .sorted()
                .toList();
    }
}
