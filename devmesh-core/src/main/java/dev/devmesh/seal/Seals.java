package dev.devmesh.seal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes seals of one secret: one for each purpose, so that what is sealed for one is worth nothing for another. Every process
 * that knows the secret can open what any of them has sealed.
 *
 * <p>Keys are derived by HKDF with SHA-256 (RFC 5869). Safe for use by many threads.
 */
public final class Seals {

    /** The fewest characters that a secret may have. */
    public static final int MIN_SECRET_LENGTH = 32;

    private final byte[] root;

    private Seals(byte[] secret) {
        this.root = hmac("devmesh seals 1".getBytes(StandardCharsets.US_ASCII), secret);
    }

    /**
     * Seals of a secret that processes share.
     *
     * @throws IllegalArgumentException if it has fewer than {@value #MIN_SECRET_LENGTH} characters
     */
    public static Seals of(String secret) {
        if (secret.length() < MIN_SECRET_LENGTH) {
            throw new IllegalArgumentException("a session secret needs at least " + MIN_SECRET_LENGTH
                    + " characters; make one with: openssl rand -base64 32");
        }
        return new Seals(secret.getBytes(StandardCharsets.UTF_8));
    }

    /** Seals of a secret that only this object knows. */
    public static Seals random() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        return new Seals(secret);
    }

    /** The seal for a purpose, for example {@code requestState}. */
    public Seal forPurpose(String name) {
        return new Seal(new SecretKeySpec(keyFor(name), "AES"));
    }

    /** A key of 32 bytes for a purpose that is not sealing; nobody may show it to anybody. */
    public byte[] keyFor(String purpose) {
        byte[] label = purpose.getBytes(StandardCharsets.UTF_8);
        byte[] info = new byte[label.length + 1];
        System.arraycopy(label, 0, info, 0, label.length);
        info[label.length] = 1; // the first and only block of HKDF-Expand: one key of 32 bytes
        return hmac(root, info);
    }

    private static byte[] hmac(byte[] key, byte[] data) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java lacks HmacSHA256, which every Java must have", e);
        }
    }
}
