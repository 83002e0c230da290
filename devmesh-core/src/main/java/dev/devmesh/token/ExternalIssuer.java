package dev.devmesh.token;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * An OAuth authorization server, or anybody else who signs tokens, whose word is taken for who is calling.
 *
 * <p>Its tokens are JWTs with {@code iss}, {@code aud}, {@code sub} and {@code exp}. What they allow is in {@code scope}, as words with
 * spaces between, or in {@code scp}, as a list. Where the tenant has a user with that subject, a token allows what the user may
 * do as well, and no more. What concerns all tenants, no token of another issuer allows.
 *
 * <p>Immutable.
 *
 * @param issuer exactly what its tokens say in {@code iss}: an http or https URL
 * @param jwksUrl where its public keys are, as a JWK set
 * @param audiences what a token must name at least one of in {@code aud}; at least one
 * @param algorithms by which it signs; asymmetric ones only, at least one
 * @param tenant whose caller the bearer of a token is
 * @param plan the rate plan of its callers
 */
public record ExternalIssuer(
        String issuer, URI jwksUrl, Set<String> audiences, Set<String> algorithms, TenantSource tenant, String plan) {

    /** By which an issuer signs that does not say otherwise. */
    public static final Set<String> DEFAULT_ALGORITHMS = Set.of("RS256", "ES256");

    /** All that it may sign by. */
    public static final List<String> ALGORITHMS =
            List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

    /** Where the tenant of a caller comes from. */
    public sealed interface TenantSource {

        /**
         * The issuer speaks for one tenant.
         *
         * @param tenant which
         */
        record Fixed(Tenant tenant) implements TenantSource {

            /** Checks that it is there. */
            public Fixed {
                Objects.requireNonNull(tenant, "tenant");
            }
        }

        /**
         * The issuer says it in each token, and so speaks for every tenant.
         *
         * @param name of the claim
         */
        record Claim(String name) implements TenantSource {

            /** Checks that it is a name. */
            public Claim {
                if (name.isBlank()) {
                    throw new IllegalArgumentException("the claim that names the tenant has no name");
                }
            }
        }
    }

    /**
     * Checks all of it.
     *
     * @throws IllegalArgumentException naming everything that is wrong
     */
    public ExternalIssuer {
        audiences = Set.copyOf(audiences);
        algorithms = Set.copyOf(algorithms);
        Objects.requireNonNull(tenant, "tenant");
        List<String> problems = new ArrayList<>();
        if (!isUrl(issuer)) {
            problems.add("the issuer '" + issuer + "' is not an http or https URL without user, query and fragment");
        }
        if (!isUrl(jwksUrl.toString())) {
            problems.add("the jwksUrl of issuer '" + issuer
                    + "' is not an http or https URL without user, query and fragment");
        }
        if (audiences.isEmpty() || audiences.stream().anyMatch(String::isBlank)) {
            problems.add(
                    "the issuer '" + issuer + "' needs an audience: what its tokens name when they are for this server,"
                            + " usually the URL of the MCP endpoint");
        }
        if (algorithms.isEmpty() || !ALGORITHMS.containsAll(algorithms)) {
            problems.add("the algorithms of issuer '" + issuer + "' are " + new TreeSet<>(algorithms)
                    + "; it takes one or more of " + String.join(", ", ALGORITHMS));
        }
        if (plan.isBlank()) {
            problems.add("the plan of issuer '" + issuer + "' is blank");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** An issuer for the single tenant, on the default plan, that signs by {@link #DEFAULT_ALGORITHMS}. */
    public static ExternalIssuer of(String issuer, String jwksUrl, String... audiences) {
        URI keys;
        try {
            keys = URI.create(jwksUrl);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the jwksUrl of issuer '" + issuer + "' is not a URL", e);
        }
        return new ExternalIssuer(
                issuer,
                keys,
                Set.of(audiences),
                DEFAULT_ALGORITHMS,
                new TenantSource.Fixed(Tenant.single()),
                Principal.DEFAULT_PLAN);
    }

    /** The same, signing by these. */
    public ExternalIssuer algorithms(String... names) {
        return new ExternalIssuer(issuer, jwksUrl, audiences, Set.of(names), tenant, plan);
    }

    /** The same for this tenant. */
    public ExternalIssuer tenant(Tenant fixed) {
        return new ExternalIssuer(issuer, jwksUrl, audiences, algorithms, new TenantSource.Fixed(fixed), plan);
    }

    /** The same for the tenant that this claim of a token names. Whoever runs the issuer then decides about every tenant. */
    public ExternalIssuer tenantClaim(String name) {
        return new ExternalIssuer(issuer, jwksUrl, audiences, algorithms, new TenantSource.Claim(name), plan);
    }

    /** The same with callers on this rate plan. */
    public ExternalIssuer plan(String name) {
        return new ExternalIssuer(issuer, jwksUrl, audiences, algorithms, tenant, name);
    }

    private static boolean isUrl(String text) {
        try {
            URI url = URI.create(text);
            return ("https".equals(url.getScheme()) || "http".equals(url.getScheme()))
                    && url.getHost() != null
                    && url.getRawUserInfo() == null
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
