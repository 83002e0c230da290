package dev.devmesh.token;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.outbound.OutboundClient;
import dev.devmesh.text.Sha256;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Knows who shows a token of an {@link ExternalIssuer}. It judges every bearer token that has the form of a JWT, so it comes last.
 *
 * <p>Which algorithm is good, and where the keys are, says the configuration, never the token: {@code jku}, {@code x5u}, {@code jwk} and
 * {@code x5c} are not looked at. What can be refused without a key is refused before keys are asked for.
 *
 * <p>Safe for use by many threads.
 */
public final class ExternalIssuers implements Authenticator {

    /** How far the clocks of issuer and server may be apart. */
    static final Duration LEEWAY = Duration.ofSeconds(60);

    private static final int MAX_CHARACTERS = 8_192;
    private static final int MAX_SUBJECT = 255;
    private static final Set<JOSEObjectType> TYPES =
            Set.of(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"));

    private final Map<String, Source> sources = new LinkedHashMap<>();
    private final BiFunction<Tenant, String, Standing> standings;
    private final InstantSource clock;

    private record Source(ExternalIssuer issuer, ExternalKeys keys) {}

    /**
     * @param issuers each once
     * @param outbound what fetches their keys; asked for when the first token comes
     * @param standings how a tenant stands, and its user by what an issuer calls them; may wait
     * @throws IllegalArgumentException if an issuer is there twice
     */
    public ExternalIssuers(
            List<ExternalIssuer> issuers,
            Supplier<OutboundClient> outbound,
            BiFunction<Tenant, String, Standing> standings,
            InstantSource clock) {
        this.standings = standings;
        this.clock = clock;
        for (ExternalIssuer issuer : issuers) {
            ExternalKeys keys = new ExternalKeys(issuer.issuer(), issuer.jwksUrl(), outbound, clock);
            if (sources.put(issuer.issuer(), new Source(issuer, keys)) != null) {
                throw new IllegalArgumentException("the issuer '" + issuer.issuer() + "' is there twice");
            }
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws MeshException with one of the {@code TOKEN_} codes if it is a JWT that is not good, with
     *     {@link ErrorCode#UPSTREAM_UNREACHABLE} if its issuer's keys cannot be fetched, and as {@link Standing#admit} if its bearer may not
     *     act
     */
    @Override
    public Optional<Principal> authenticate(Credentials credentials) {
        String token = credentials.bearer();
        return looksLikeJwt(token) ? Optional.of(principal(token)) : Optional.empty();
    }

    private static boolean looksLikeJwt(String token) {
        return token.startsWith("ey") && token.indexOf('.') > 0;
    }

    private Principal principal(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw invalid("it is longer than " + MAX_CHARACTERS + " characters");
        }
        SignedJWT token;
        JWTClaimsSet claims;
        try {
            token = SignedJWT.parse(text);
            claims = token.getJWTClaimsSet();
        } catch (ParseException e) {
            throw invalid("it is not a signed JWT"); // what the parser says may quote it
        }
        if (claims == null) {
            throw invalid("its payload is not a JSON object");
        }
        Source source = sources.get(String.valueOf(claims.getIssuer()));
        if (source == null) {
            throw new MeshException(
                    ErrorCode.TOKEN_INVALID,
                    "Invalid token: its issuer is not one that this server takes tokens of.",
                    "Get one of " + String.join(" or ", sources.keySet()) + ".");
        }
        ExternalIssuer issuer = source.issuer();
        checkHeader(token.getHeader(), issuer);
        checkAudience(claims, issuer);
        checkTimes(claims);
        String subject = subject(claims);
        Tenant tenant = tenant(claims, issuer);
        if (source.keys().matching(token.getHeader()).stream().noneMatch(key -> ExternalSignature.isBy(key, token))) {
            throw new MeshException(
                    ErrorCode.TOKEN_SIGNATURE_INVALID,
                    "Invalid signature: the token was not signed with a key of " + issuer.issuer()
                            + ", or was altered.",
                    "Get a new token.");
        }
        Principal caller = new Principal(
                tenant, subject, scopes(claims), Set.of(), issuer.plan(), credentialId(issuer.issuer(), subject));
        return standings.apply(tenant, subject).admit(caller);
    }

    private static void checkHeader(JWSHeader header, ExternalIssuer issuer) {
        if (!issuer.algorithms().contains(header.getAlgorithm().getName())) {
            throw invalid("its algorithm is not one of those of its issuer, "
                    + String.join(", ", issuer.algorithms().stream().sorted().toList()));
        }
        if (header.getType() != null && !TYPES.contains(header.getType())) {
            throw invalid("its type is neither JWT nor at+jwt");
        }
        if (header.getCriticalParams() != null && !header.getCriticalParams().isEmpty()
                || !header.isBase64URLEncodePayload()) {
            throw invalid("it wants something of its reader (crit) that this server does not do");
        }
    }

    private static void checkAudience(JWTClaimsSet claims, ExternalIssuer issuer) {
        if (claims.getAudience().stream().noneMatch(issuer.audiences()::contains)) {
            throw invalid("it is not for this server; its audience (aud) must be "
                    + String.join(" or ", issuer.audiences().stream().sorted().toList()));
        }
    }

    private void checkTimes(JWTClaimsSet claims) {
        Instant now = clock.instant();
        Date expiry = claims.getExpirationTime();
        if (expiry == null) {
            throw invalid("it has no expiry (exp)");
        }
        Instant until = expiry.toInstant();
        if (!now.minus(LEEWAY).isBefore(until)) {
            throw new MeshException(
                    ErrorCode.TOKEN_EXPIRED,
                    "Token expired: it was good until " + until + ", the server's clock says " + now + ", "
                            + Duration.between(until, now).toSeconds() + " s later.",
                    "Get a new token.");
        }
        for (Date begin : Stream.of(claims.getNotBeforeTime(), claims.getIssueTime())
                .filter(ExternalIssuers::isThere)
                .toList()) {
            Instant from = begin.toInstant();
            if (now.plus(LEEWAY).isBefore(from)) {
                throw new MeshException(
                        ErrorCode.TOKEN_NOT_YET_VALID,
                        "Token not yet valid: it is good from " + from + ", the server's clock says " + now + ", "
                                + Duration.between(now, from).toSeconds() + " s behind.",
                        "Set the clocks of issuer and server, or try again later.");
            }
        }
    }

    private static boolean isThere(@Nullable Object value) {
        return value != null;
    }

    private static String subject(JWTClaimsSet claims) {
        String subject = claims.getSubject();
        if (subject == null
                || subject.isBlank()
                || subject.length() > MAX_SUBJECT
                || subject.chars().anyMatch(Character::isISOControl)) {
            throw invalid("its subject (sub) is missing, or not one line of at most " + MAX_SUBJECT + " characters");
        }
        return subject;
    }

    private static Tenant tenant(JWTClaimsSet claims, ExternalIssuer issuer) {
        if (issuer.tenant() instanceof ExternalIssuer.TenantSource.Fixed fixed) {
            return fixed.tenant();
        }
        String claim = ((ExternalIssuer.TenantSource.Claim) issuer.tenant()).name();
        try {
            return new Tenant(claims.getClaim(claim) instanceof String name ? name : "");
        } catch (IllegalArgumentException e) {
            throw invalid("its claim " + claim + " does not name a tenant");
        }
    }

    /** Names that are no scopes say something to others. */
    private static Scopes scopes(JWTClaimsSet claims) {
        Object said = claims.getClaim("scope") == null ? claims.getClaim("scp") : claims.getClaim("scope");
        Stream<String> names = Stream.empty();
        if (said instanceof String words) {
            names = Stream.of(words.split(" "));
        } else if (said instanceof List<?> list) {
            names = list.stream().filter(String.class::isInstance).map(String.class::cast);
        }
        return Scopes.of(names.filter(ExternalIssuers::isScope).toList());
    }

    private static boolean isScope(String name) {
        return Scopes.isName(name) && !name.equals(Scopes.PLATFORM) && !name.startsWith(Scopes.PLATFORM + ":");
    }

    /** Of the same person the same, whichever token it is: limits and revocations are the person's. */
    private static String credentialId(String issuer, String subject) {
        return "ext_" + HexFormat.of().formatHex(Sha256.of(issuer + "|" + subject), 0, 12);
    }

    private static MeshException invalid(String reason) {
        return new MeshException(
                ErrorCode.TOKEN_INVALID, "Invalid token: " + reason + ".", "Get one that is meant for this server.");
    }
}
