package dev.devmesh.token;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** Keys for tests, made once: an RSA key takes its time. */
final class KeyMaterial {

    /** Of the length that HS256 needs, and nobody's sample. */
    static final String SECRET = "kR7#vQ2mZx9!pLw4TgYb8nHs3JdFc6Ue";

    static final KeyPair RSA = pair("RSA", 2048, "");
    static final KeyPair P256 = pair("EC", 0, "secp256r1");
    static final KeyPair P384 = pair("EC", 0, "secp384r1");
    static final KeyPair ED25519 = pair("Ed25519", 0, "");

    private KeyMaterial() {}

    static KeyPair pair(String kind, int bits, String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
            if (bits > 0) {
                generator.initialize(bits);
            } else if (!curve.isEmpty()) {
                generator.initialize(new ECGenParameterSpec(curve));
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String pem(KeyPair pair) {
        return block("PRIVATE KEY", pair.getPrivate()) + block("PUBLIC KEY", pair.getPublic());
    }

    static String block(String label, Key key) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded()) + "\n-----END " + label
                + "-----\n";
    }

    static TokenSettings settings(TokenAlgorithm algorithm) {
        TokenSettings settings = TokenSettings.defaults().algorithm(algorithm);
        return switch (algorithm) {
            case HS256 -> settings.secret(SECRET);
            case RS256 -> settings.privateKey(block("PRIVATE KEY", RSA.getPrivate()));
            case ES256 -> settings.privateKey(pem(P256));
            case EDDSA -> settings.privateKey(pem(ED25519));
        };
    }
}
