package dev.devmesh.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import dev.devmesh.seal.Seals;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Optional;

/**
 * The one key by which tokens are signed and verified, with the one algorithm that it is for.
 *
 * <p>Neither signing nor verifying looks at the header of a token: there is nothing in it that could choose a key or an
 * algorithm.
 *
 * <p>Safe for use by many threads.
 */
final class SigningKey {

    /** Signs, or verifies with its public half. */
    private interface Half<T> {
        T apply(byte[] input) throws JOSEException, GeneralSecurityException;
    }

    private interface Verifying {
        boolean apply(byte[] input, byte[] signature) throws JOSEException, GeneralSecurityException;
    }

    private static final byte[] PROBE = "devmesh".getBytes(StandardCharsets.US_ASCII);

    private final TokenAlgorithm algorithm;
    private final String id;
    private final Half<byte[]> signing;
    private final Verifying verifying;

    private SigningKey(TokenAlgorithm algorithm, String id, Half<byte[]> signing, Verifying verifying) {
        this.algorithm = algorithm;
        this.id = id;
        this.signing = signing;
        this.verifying = verifying;
    }

    /**
     * The key of these settings.
     *
     * @param seals give the key when the settings have none
     * @throws IllegalArgumentException if {@link TokenSettings#problems} finds one in the key
     */
    static SigningKey of(TokenSettings settings, Seals seals) {
        if (settings.algorithm() != TokenAlgorithm.HS256) {
            return ofPem(settings.algorithm(), settings.privateKey());
        }
        byte[] secret = settings.secret().isEmpty()
                ? seals.keyFor("access tokens")
                : settings.secret().getBytes(StandardCharsets.UTF_8);
        try {
            return ofSecret(secret);
        } catch (JOSEException e) {
            throw new IllegalArgumentException("the secret of tokens cannot be used for HS256", e);
        }
    }

    /** What is wrong with a private key, as a sentence that names the cure. */
    static Optional<String> problem(TokenAlgorithm algorithm, String pem) {
        try {
            ofPem(algorithm, pem);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static SigningKey ofSecret(byte[] secret) throws JOSEException {
        MACSigner signer = new MACSigner(secret);
        MACVerifier verifier = new MACVerifier(secret);
        JWSHeader header = new JWSHeader(JWSAlgorithm.HS256);
        // A digest of the secret itself would help who guesses at it; this helps no more than any token does.
        byte[] name = signer.sign(header, PROBE).decode();
        return new SigningKey(
                TokenAlgorithm.HS256,
                Base64URL.encode(Arrays.copyOf(name, 16)).toString(),
                input -> signer.sign(header, input).decode(),
                (input, signature) -> verifier.verify(header, input, Base64URL.encode(signature)));
    }

    private static SigningKey ofPem(TokenAlgorithm algorithm, String pem) {
        PemKeys keys = PemKeys.read(algorithm, pem);
        SigningKey key;
        try {
            key = switch (algorithm) {
                case RS256 -> {
                    RSAPublicKey shown = (RSAPublicKey) keys.shown();
                    yield of(
                            algorithm,
                            new RSAKey.Builder(shown)
                                    .build()
                                    .computeThumbprint()
                                    .toString(),
                            new RSASSASigner(keys.hidden()),
                            new RSASSAVerifier(shown));
                }
                case ES256 -> {
                    ECPublicKey shown = (ECPublicKey) keys.shown();
                    yield of(
                            algorithm,
                            new ECKey.Builder(Curve.P_256, shown)
                                    .build()
                                    .computeThumbprint()
                                    .toString(),
                            new ECDSASigner((ECPrivateKey) keys.hidden()),
                            new ECDSAVerifier(shown));
                }
                case EDDSA -> ofEd25519(keys.hidden(), keys.shown());
                case HS256 -> throw new IllegalArgumentException("HS256 has a secret, not a private key");
            };
            if (!key.verify(PROBE, key.sign(PROBE))) {
                throw new IllegalArgumentException("The private and the public key of tokens do not belong together.");
            }
        } catch (JOSEException e) {
            throw new IllegalArgumentException(
                    "The private key of tokens cannot be used for " + algorithm.wireName() + ".", e);
        }
        return key;
    }

    private static SigningKey of(TokenAlgorithm algorithm, String id, JWSSigner signer, JWSVerifier verifier) {
        JWSHeader header = new JWSHeader(JWSAlgorithm.parse(algorithm.wireName()));
        return new SigningKey(
                algorithm,
                id,
                input -> signer.sign(header, input).decode(),
                (input, signature) -> verifier.verify(header, input, Base64URL.encode(signature)));
    }

    private static SigningKey ofEd25519(PrivateKey hidden, PublicKey shown) throws JOSEException {
        Base64URL x = Base64URL.encode(PemKeys.bytesOf((EdECPublicKey) shown));
        String id = new OctetKeyPair.Builder(Curve.Ed25519, x)
                .build()
                .computeThumbprint()
                .toString();
        return new SigningKey(
                TokenAlgorithm.EDDSA,
                id,
                input -> Ed25519.sign(hidden, input),
                (input, signature) -> Ed25519.verify(shown, input, signature));
    }

    TokenAlgorithm algorithm() {
        return algorithm;
    }

    /** What tokens call it. */
    String id() {
        return id;
    }

    byte[] sign(byte[] input) {
        try {
            return signing.apply(input);
        } catch (JOSEException | GeneralSecurityException e) {
            throw new IllegalStateException("this Java cannot sign with " + algorithm.wireName(), e);
        }
    }

    /** Whether this key signed it. What has not the form of a signature was not signed by it. */
    boolean verify(byte[] input, byte[] signature) {
        try {
            return verifying.apply(input, signature);
        } catch (JOSEException | GeneralSecurityException malformed) {
            return false;
        }
    }
}
