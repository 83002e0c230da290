package dev.devmesh.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * How the mesh makes its tokens, and which it takes.
 *
 * <p>Nothing is checked while settings are gathered: {@link #problems} finds all that is wrong with them. Immutable. Its
 * {@code toString} hides the secrets.
 */
public final class TokenSettings {

    /** The longest that an access token may be good. */
    public static final Duration MAX_ACCESS_TTL = Duration.ofHours(1);

    /** The longest that a family of refresh tokens may be good. */
    public static final Duration MAX_REFRESH_TTL = Duration.ofDays(30);

    /** The most that clocks may differ without tokens being refused. */
    public static final Duration MAX_LEEWAY = Duration.ofMinutes(5);

    private static final Duration MIN_ACCESS_TTL = Duration.ofSeconds(10);
    private static final int LONGEST_NAME = 200;
    private static final TokenSettings DEFAULTS = new TokenSettings(
            TokenAlgorithm.HS256,
            "",
            "",
            "devmesh",
            "",
            Duration.ofMinutes(15),
            MAX_REFRESH_TTL,
            Duration.ofSeconds(60));

    private final TokenAlgorithm algorithm;
    private final String secret;
    private final String privateKey;
    private final String issuer;
    private final String audience;
    private final Duration accessTtl;
    private final Duration refreshTtl;
    private final Duration leeway;

    private TokenSettings(
            TokenAlgorithm algorithm,
            String secret,
            String privateKey,
            String issuer,
            String audience,
            Duration accessTtl,
            Duration refreshTtl,
            Duration leeway) {
        this.algorithm = Objects.requireNonNull(algorithm, "algorithm");
        this.secret = Objects.requireNonNull(secret, "secret");
        this.privateKey = Objects.requireNonNull(privateKey, "privateKey");
        this.issuer = Objects.requireNonNull(issuer, "issuer");
        this.audience = Objects.requireNonNull(audience, "audience");
        this.accessTtl = Objects.requireNonNull(accessTtl, "accessTtl");
        this.refreshTtl = Objects.requireNonNull(refreshTtl, "refreshTtl");
        this.leeway = Objects.requireNonNull(leeway, "leeway");
    }

    /**
     * HS256 with a key derived from the mesh's session secret, issuer {@code devmesh}, access for 15 minutes, refresh for 30
     * days, 60 seconds of leeway.
     */
    public static TokenSettings defaults() {
        return DEFAULTS;
    }

    /** These, signing in this way. All but HS256 need a {@link #privateKey(String)}. */
    public TokenSettings algorithm(TokenAlgorithm other) {
        return new TokenSettings(other, secret, privateKey, issuer, audience, accessTtl, refreshTtl, leeway);
    }

    /**
     * These, with a secret for HS256 of at least 32 bytes that is nobody's sample. Without one the key is derived from the
     * session secret, which is as good.
     */
    public TokenSettings secret(String other) {
        return new TokenSettings(algorithm, other, privateKey, issuer, audience, accessTtl, refreshTtl, leeway);
    }

    /**
     * These, with the key for RS256, ES256 or EdDSA: PEM text with a {@code PRIVATE KEY} (PKCS #8) and, save for RSA, the
     * {@code PUBLIC KEY} that belongs to it.
     */
    public TokenSettings privateKey(String pem) {
        return new TokenSettings(algorithm, secret, pem, issuer, audience, accessTtl, refreshTtl, leeway);
    }

    /** These, with tokens that name this as their issuer. */
    public TokenSettings issuer(String other) {
        return new TokenSettings(algorithm, secret, privateKey, other, audience, accessTtl, refreshTtl, leeway);
    }

    /** These, with tokens that are meant for this audience; the issuer when empty. */
    public TokenSettings audience(String other) {
        return new TokenSettings(algorithm, secret, privateKey, issuer, other, accessTtl, refreshTtl, leeway);
    }

    /** These, with access tokens that are good for so long: 10 seconds to 1 hour. */
    public TokenSettings accessTtl(Duration other) {
        return new TokenSettings(algorithm, secret, privateKey, issuer, audience, other, refreshTtl, leeway);
    }

    /** These, with refresh tokens that are good for so long from the exchange of the key: the life of access to 30 days. */
    public TokenSettings refreshTtl(Duration other) {
        return new TokenSettings(algorithm, secret, privateKey, issuer, audience, accessTtl, other, leeway);
    }

    /** These, allowing so much for clocks that differ: 0 to 5 minutes. */
    public TokenSettings leeway(Duration other) {
        return new TokenSettings(algorithm, secret, privateKey, issuer, audience, accessTtl, refreshTtl, other);
    }

    /** How tokens are signed. */
    public TokenAlgorithm algorithm() {
        return algorithm;
    }

    /** Who tokens say made them. */
    public String issuer() {
        return issuer;
    }

    /** Whom tokens say they are meant for. */
    public String audience() {
        return audience.isEmpty() ? issuer : audience;
    }

    /** How long an access token is good. */
    public Duration accessTtl() {
        return accessTtl;
    }

    /** How long a family of refresh tokens is good. */
    public Duration refreshTtl() {
        return refreshTtl;
    }

    /** How much clocks may differ. */
    public Duration leeway() {
        return leeway;
    }

    String secret() {
        return secret;
    }

    String privateKey() {
        return privateKey;
    }

    /** Everything that is wrong, a sentence each that names the cure; empty if nothing is. Reveals no secret. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (algorithm == TokenAlgorithm.HS256) {
            if (!privateKey.isEmpty()) {
                problems.add(
                        "Tokens signed by HS256 need no private key: leave it out, or choose RS256, ES256 or EdDSA.");
            }
            WeakSecrets.problem(secret).ifPresent(problems::add);
        } else {
            if (!secret.isEmpty()) {
                problems.add("Tokens signed by " + algorithm.wireName()
                        + " have no secret but a private key: leave the secret out.");
            }
            SigningKey.problem(algorithm, privateKey).ifPresent(problems::add);
        }
        name(problems, "issuer", issuer);
        name(problems, "audience", audience());
        range(problems, "access token", accessTtl, MIN_ACCESS_TTL, MAX_ACCESS_TTL);
        range(problems, "refresh token", refreshTtl, MIN_ACCESS_TTL, MAX_REFRESH_TTL);
        if (refreshTtl.compareTo(accessTtl) < 0) {
            problems.add("A refresh token must not end before the access token that came with it: it would be good for "
                    + refreshTtl + ", the other for " + accessTtl + ".");
        }
        if (leeway.isNegative() || leeway.compareTo(MAX_LEEWAY) > 0) {
            problems.add("The leeway of tokens must be 0 to 5 minutes, is " + leeway + ".");
        }
        return problems;
    }

    private static void name(List<String> problems, String what, String text) {
        if (text.isEmpty() || text.length() > LONGEST_NAME || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            problems.add("The " + what + " of tokens must have 1 to " + LONGEST_NAME
                    + " printable ASCII characters without spaces.");
        }
    }

    private static void range(List<String> problems, String what, Duration given, Duration least, Duration most) {
        if (given.compareTo(least) < 0 || given.compareTo(most) > 0) {
            problems.add("The life of a " + what + " must be " + least + " to " + most + ", is " + given + ".");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenSettings settings && values().equals(settings.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    private List<Object> values() {
        return List.of(algorithm, secret, privateKey, issuer, audience, accessTtl, refreshTtl, leeway);
    }

    @Override
    public String toString() {
        return "TokenSettings[algorithm=" + algorithm.wireName() + ", secret=" + (secret.isEmpty() ? "none" : "***")
                + ", privateKey=" + (privateKey.isEmpty() ? "none" : "***") + ", issuer=" + issuer + ", audience="
                + audience() + ", accessTtl=" + accessTtl + ", refreshTtl=" + refreshTtl + ", leeway=" + leeway + "]";
    }
}
