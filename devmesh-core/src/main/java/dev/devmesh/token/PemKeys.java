package dev.devmesh.token;

import com.nimbusds.jose.jwk.Curve;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A pair of keys, read from PEM text. Its {@code toString} hides them. */
record PemKeys(PrivateKey hidden, PublicKey shown) {

    private static final int SHORTEST_RSA = 2048;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\\s]{1,20000})-----END \\1-----");

    /** @throws IllegalArgumentException with a sentence that names the cure, and nothing of the key */
    static PemKeys read(TokenAlgorithm algorithm, String pem) {
        String name = algorithm.wireName();
        String kind = switch (algorithm) {
            case RS256 -> "RSA";
            case ES256 -> "EC";
            case EDDSA -> "Ed25519";
            case HS256 -> throw new IllegalArgumentException("HS256 has a secret, not a private key");
        };
        String cure = " Make one with: " + command(algorithm);
        byte[] encoded = block(pem, "PRIVATE KEY")
                .orElseThrow(() -> new IllegalArgumentException(
                        "Tokens signed by " + name + " need a PEM file with a PRIVATE KEY (PKCS #8)." + cure));
        Optional<byte[]> other = block(pem, "PUBLIC KEY");
        PemKeys keys;
        try {
            KeyFactory factory = KeyFactory.getInstance(kind);
            PrivateKey hidden = factory.generatePrivate(new PKCS8EncodedKeySpec(encoded));
            PublicKey shown;
            if (other.isPresent()) {
                shown = factory.generatePublic(new X509EncodedKeySpec(other.get()));
            } else if (hidden instanceof RSAPrivateCrtKey rsa) {
                shown = factory.generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
            } else {
                throw new IllegalArgumentException("The PEM file for " + name
                        + " needs the PUBLIC KEY, too; add it with: openssl pkey -in key.pem -pubout >> key.pem");
            }
            keys = new PemKeys(hidden, shown);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "The private key of tokens is no " + kind + " key in PKCS #8, which " + name + " needs." + cure, e);
        }
        if (!keys.isStrong()) {
            throw new IllegalArgumentException("The private key of tokens is too weak or of another curve for " + name
                    + ", which needs RSA of " + SHORTEST_RSA + " bits or more, or the curve P-256." + cure);
        }
        return keys;
    }

    private static String command(TokenAlgorithm algorithm) {
        return switch (algorithm) {
            case RS256 -> "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key.pem";
            case ES256 ->
                "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem"
                        + " && openssl pkey -in key.pem -pubout >> key.pem";
            default -> "openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout >> key.pem";
        };
    }

    private boolean isStrong() {
        if (shown instanceof RSAPublicKey rsa) {
            return rsa.getModulus().bitLength() >= SHORTEST_RSA;
        }
        return !(shown instanceof ECPublicKey ec)
                || ec.getParams().getOrder().bitLength() == 256
                        && Curve.P_256.equals(Curve.forECParameterSpec(ec.getParams()));
    }

    private static Optional<byte[]> block(String pem, String label) {
        Matcher blocks = BLOCK.matcher(pem);
        while (blocks.find()) {
            if (blocks.group(1).equals(label)) {
                try {
                    return Optional.of(Base64.getMimeDecoder().decode(blocks.group(2)));
                } catch (IllegalArgumentException notBase64) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    /** The 32 bytes of an Ed25519 public key (RFC 8032): y, little-endian, with the lowest bit of x in the highest bit. */
    static byte[] bytesOf(EdECPublicKey key) {
        BigInteger y = key.getPoint().getY();
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = y.shiftRight(8 * i).byteValue();
        }
        if (key.getPoint().isXOdd()) {
            bytes[31] |= (byte) 0x80;
        }
        return bytes;
    }

    @Override
    public String toString() {
        return "PemKeys[***]";
    }
}
