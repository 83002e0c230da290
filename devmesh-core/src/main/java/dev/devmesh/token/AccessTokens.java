package dev.devmesh.token;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes and reads the mesh's own access tokens. It knows nothing of what became of them since they were made.
 *
 * <p>A token is read by checks in a fixed order, and the first that fails is the refusal. None of them looks anything up: the key
 * and the algorithm are those of the settings, whatever the header says, and members that could name another key ({@code jwk},
 * {@code jku}, {@code x5u}, {@code x5c}, {@code kid}) are not looked at.
 *
 * <p>Safe for use by many threads.
 */
final class AccessTokens {

    static final String TYPE = "at+jwt";

    private static final String NEW_ONE = "Use the refresh token for a new one, or exchange the API key again.";
    private static final long LATEST_SECOND = 253_402_300_799L; // the end of the year 9999
    private static final int LONGEST_SHOWN = 60;

    private final SigningKey key;
    private final String issuer;
    private final String audience;
    private final Duration leeway;
    private final InstantSource clock;
    private final String header;

    AccessTokens(SigningKey key, TokenSettings settings, InstantSource clock) {
        this.key = key;
        this.issuer = settings.issuer();
        this.audience = settings.audience();
        this.leeway = settings.leeway();
        this.clock = clock;
        this.header = CompactToken.encoded(Json.bytes(Json.object()
                .put("alg", key.algorithm().wireName())
                .put("typ", TYPE)
                .put("kid", key.id())));
    }

    /**
     * The token that says this.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_VALUE} if it would be longer than what is read
     */
    String write(AccessClaims claims) {
        ObjectNode says = Json.object()
                .put("iss", issuer)
                .put("aud", audience)
                .put("sub", claims.subject())
                .put("exp", claims.expiresAt().getEpochSecond())
                .put("iat", claims.issuedAt().getEpochSecond())
                .put("jti", claims.id())
                .put("tenant", claims.tenant().id())
                .put("scope", claims.scopes().toString())
                .put("key_id", claims.keyId())
                .put("sid", claims.familyId());
        String signed = header + "." + CompactToken.encoded(Json.bytes(says));
        String token = signed + "." + CompactToken.encoded(key.sign(signed.getBytes(StandardCharsets.ISO_8859_1)));
        if (token.length() > CompactToken.LONGEST) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    "The scopes make a token of " + token.length() + " characters, and at most " + CompactToken.LONGEST
                            + " are read.",
                    "Ask for fewer scopes than the key has, or use scopes that stand above others, for example"
                            + " tools:execute.");
        }
        return token;
    }

    /** Whether it says that somebody else made it. */
    boolean isForeign(CompactToken token) {
        JsonNode made = token.claims().path("iss");
        return made.isString() && !made.stringValue().equals(issuer);
    }

    /** @throws MeshException with one of the {@code TOKEN_} codes if it is not to be believed */
    AccessClaims read(CompactToken token) {
        check(token, (name, passed, finding) -> {
            if (!passed) {
                throw finding.get().refusal();
            }
        });
        return claims(token.claims());
    }

    /** Makes each check, also behind one that failed. */
    void inspect(CompactToken token, List<TokenInspection.Check> checks) {
        check(token, (name, passed, finding) -> {
            Finding found = finding.get();
            checks.add(new TokenInspection.Check(name, passed, found.expected(), found.found()));
        });
    }

    /** Told of each check in their order. */
    private interface Examiner {
        void checked(String name, boolean passed, Supplier<Finding> finding);
    }

    private record Finding(String expected, String found, MeshException refusal) {}

    private void check(CompactToken token, Examiner examiner) {
        JsonNode alg = token.header().path("alg");
        String wanted = key.algorithm().wireName();
        examiner.checked(
                "alg",
                is(alg, wanted),
                () -> new Finding(
                        wanted,
                        shown(alg),
                        forged("its algorithm is " + shown(alg) + ", and this server takes " + wanted + " only")));
        JsonNode typ = token.header().path("typ");
        examiner.checked(
                "typ",
                is(typ, TYPE),
                () -> new Finding(
                        TYPE, shown(typ), invalid("its type is " + shown(typ) + ", and an access token's is " + TYPE)));
        JsonNode crit = token.header().path("crit");
        examiner.checked(
                "crit",
                crit.isMissingNode(),
                () -> new Finding(
                        "none", shown(crit), invalid("it demands extensions by crit, and there are none here")));
        boolean signed = key.verify(token.signedPart(), token.signature());
        examiner.checked(
                "signature",
                signed,
                () -> new Finding(
                        "made by key " + key.id(),
                        (signed ? "made by it" : "not made by it") + "; the token names key "
                                + shown(token.header().path("kid")),
                        forged("it was not made by the key of this server, or the token was altered")));
        JsonNode iss = token.claims().path("iss");
        examiner.checked(
                "iss",
                is(iss, issuer),
                () -> new Finding(
                        issuer,
                        shown(iss),
                        invalid("its issuer is " + shown(iss) + ", and this server's is '" + issuer + "'")));
        JsonNode aud = token.claims().path("aud");
        examiner.checked(
                "aud",
                isMeantForUs(aud),
                () -> new Finding(
                        audience,
                        shown(aud),
                        invalid("it is meant for " + shown(aud) + ", and this server is '" + audience + "'")));
        checkTimes(token.claims(), examiner);
        Optional<AccessClaims> claims = tryClaims(token.claims());
        examiner.checked(
                "claims",
                claims.isPresent(),
                () -> new Finding(
                        "sub, tenant, scope, key_id, sid and jti",
                        claims.isPresent() ? "all of them" : "not all of them",
                        invalid(
                                "it does not say who acts for whom: sub, tenant, scope, key_id, sid or jti is missing")));
    }

    private void checkTimes(ObjectNode claims, Examiner examiner) {
        Instant now = clock.instant();
        Optional<Instant> exp = time(claims.path("exp"));
        examiner.checked(
                "exp",
                exp.filter(end -> now.isBefore(end.plus(leeway))).isPresent(),
                () -> new Finding(
                        "after " + now.minus(leeway),
                        shown(exp, claims.path("exp")),
                        exp.map(end -> expired(end, now)).orElseGet(() -> invalid("it does not say when it ends"))));
        early("nbf", claims.path("nbf"), true, now, examiner);
        early("iat", claims.path("iat"), false, now, examiner);
    }

    private void early(String name, JsonNode given, boolean optional, Instant now, Examiner examiner) {
        Optional<Instant> from = time(given);
        examiner.checked(
                name,
                optional && given.isMissingNode()
                        || from.filter(begin -> !begin.isAfter(now.plus(leeway)))
                                .isPresent(),
                () -> new Finding(
                        (optional ? "none, or " : "") + "not after " + now.plus(leeway),
                        shown(from, given),
                        from.map(begin -> early(begin, now))
                                .orElseGet(() -> invalid("its " + name + " is no time in whole seconds"))));
    }

    private static MeshException expired(Instant end, Instant now) {
        return new MeshException(
                ErrorCode.TOKEN_EXPIRED,
                "Token expired: it was good until " + end + ", the server's clock says " + now + ", "
                        + Duration.between(end, now).toSeconds() + " s later.",
                NEW_ONE);
    }

    private static MeshException early(Instant begin, Instant now) {
        return new MeshException(
                ErrorCode.TOKEN_NOT_YET_VALID,
                "Token not yet valid: it is good from " + begin + ", the server's clock says " + now + ", "
                        + Duration.between(now, begin).toSeconds() + " s behind.",
                "Set the clocks of all servers by NTP; devmesh jwt inspect shows the times of a token.");
    }

    private static MeshException forged(String why) {
        return new MeshException(ErrorCode.TOKEN_SIGNATURE_INVALID, "Invalid signature: " + why + ".", NEW_ONE);
    }

    private static MeshException invalid(String why) {
        return new MeshException(ErrorCode.TOKEN_INVALID, "Invalid token: " + why + ".", NEW_ONE);
    }

    private static boolean is(JsonNode value, String text) {
        return value.isString() && value.stringValue().equals(text);
    }

    private boolean isMeantForUs(JsonNode aud) {
        return is(aud, audience) || aud.isArray() && aud.valueStream().anyMatch(one -> is(one, audience));
    }

    private static Optional<Instant> time(JsonNode value) {
        return value.isIntegralNumber()
                        && value.canConvertToLong()
                        && value.longValue() >= 0
                        && value.longValue() <= LATEST_SECOND
                ? Optional.of(Instant.ofEpochSecond(value.longValue()))
                : Optional.empty();
    }

    private static Optional<AccessClaims> tryClaims(ObjectNode says) {
        try {
            return Optional.of(claims(says));
        } catch (IllegalArgumentException incomplete) {
            return Optional.empty();
        }
    }

    private static AccessClaims claims(ObjectNode says) {
        String scope = text(says, "scope");
        return new AccessClaims(
                needed(says, "jti"),
                needed(says, "sub"),
                new Tenant(needed(says, "tenant")),
                scope.isEmpty() ? Scopes.none() : Scopes.of(scope.split(" ")),
                needed(says, "key_id"),
                needed(says, "sid"),
                time(says.path("iat")).orElseThrow(() -> new IllegalArgumentException("iat")),
                time(says.path("exp")).orElseThrow(() -> new IllegalArgumentException("exp")));
    }

    private static String needed(ObjectNode says, String name) {
        String text = text(says, name);
        if (text.isBlank()) {
            throw new IllegalArgumentException(name);
        }
        return text;
    }

    private static String text(ObjectNode says, String name) {
        JsonNode value = says.path(name);
        if (!value.isString()) {
            throw new IllegalArgumentException(name);
        }
        return value.stringValue();
    }

    private static String shown(Optional<Instant> time, JsonNode value) {
        return time.map(Instant::toString).orElseGet(() -> shown(value));
    }

    /** What a stranger wrote, as far as it may stand in a sentence. */
    private static String shown(JsonNode value) {
        if (value.isMissingNode()) {
            return "not there";
        }
        String text = value.isString() ? "'" + value.stringValue() + "'" : value.toString();
        StringBuilder plain = new StringBuilder();
        text.chars().limit(LONGEST_SHOWN).forEach(c -> plain.append(c >= ' ' && c < 0x7f ? (char) c : '?'));
        return text.length() > LONGEST_SHOWN ? plain + "..." : plain.toString();
    }
}
