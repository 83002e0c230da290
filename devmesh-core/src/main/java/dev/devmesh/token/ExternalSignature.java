package dev.devmesh.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;

/** Whether a token was signed with the private half of a key. Stateless. */
final class ExternalSignature {

    private static final DefaultJWSVerifierFactory VERIFIERS = new DefaultJWSVerifierFactory();

    /** What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410). */
    private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final int ED25519_BYTES = 32;

    private ExternalSignature() {}

    static boolean isBy(JWK key, JWSObject token) {
        try {
            return key instanceof OctetKeyPair pair
                    ? isByEd25519(pair, token)
                    : token.verify(VERIFIERS.createJWSVerifier(token.getHeader(), publicKey(key)));
        } catch (JOSEException | GeneralSecurityException e) {
            return false; // no signature of this key: of another length, on another curve, outside its range
        }
    }

    private static PublicKey publicKey(JWK key) throws JOSEException {
        return key instanceof ECKey ec ? ec.toECPublicKey() : ((RSAKey) key).toRSAPublicKey();
    }

    /** Nimbus wants a library of its own for this; the JDK has it. */
    private static boolean isByEd25519(OctetKeyPair key, JWSObject token) throws GeneralSecurityException {
        byte[] raw = key.getDecodedX();
        if (raw.length != ED25519_BYTES) {
            return false;
        }
        byte[] encoded = new byte[ED25519.length + ED25519_BYTES];
        System.arraycopy(ED25519, 0, encoded, 0, ED25519.length);
        System.arraycopy(raw, 0, encoded, ED25519.length, ED25519_BYTES);
        PublicKey publicKey = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        return Ed25519.verify(
                publicKey, token.getSigningInput(), token.getSignature().decode());
    }
}
