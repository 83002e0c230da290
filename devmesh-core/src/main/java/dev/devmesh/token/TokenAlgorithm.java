package dev.devmesh.token;

import java.util.Arrays;
import java.util.Optional;

/** How tokens are signed. One is pinned by the settings; what a token says of itself never chooses it. */
public enum TokenAlgorithm {
    /** HMAC with SHA-256: one secret signs and verifies. */
    HS256("HS256"),
    /** RSA with SHA-256. */
    RS256("RS256"),
    /** ECDSA on the curve P-256 with SHA-256. */
    ES256("ES256"),
    /** Ed25519. */
    EDDSA("EdDSA");

    private final String wireName;

    TokenAlgorithm(String wireName) {
        this.wireName = wireName;
    }

    /** The name as it travels. */
    public String wireName() {
        return wireName;
    }

    /** The algorithm of this name. */
    public static Optional<TokenAlgorithm> ofWireName(String name) {
        return Arrays.stream(values())
                .filter(algorithm -> algorithm.wireName.equals(name))
                .findFirst();
    }
}
