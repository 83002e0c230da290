package dev.devmesh.token;

import dev.devmesh.text.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The form of a refresh token: {@code dmr_} and 256 bits in base64url.
 *
 * <p>The first of a family is random. Each further one is computed from the one before it with a key that only the server knows: so
 * a client that lost the answer gets the same once more, though no server keeps it.
 */
final class RefreshSecret {

    /** What each of them begins with. */
    static final String PREFIX = "dmr_";

    private static final int BYTES = 32;

    /** 43 characters hold 258 bits: the last one ends in two zeros, or the same bytes would have four spellings. */
    private static final Pattern FORM = Pattern.compile("dmr_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]");

    private static final SecureRandom RANDOM = new SecureRandom();

    private RefreshSecret() {}

    static String next() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return of(bytes);
    }

    /** The one that takes the place of this one. */
    static String successor(byte[] serverKey, String secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(serverKey, "HmacSHA256"));
            return of(mac.doFinal(secret.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java platform has HmacSHA256; this one has not", impossible);
        }
    }

    static boolean isSound(String secret) {
        return FORM.matcher(secret).matches();
    }

    /** The SHA-256 as 64 lower-case hexadecimal digits. */
    static String hash(String secret) {
        return Sha256.hex(secret);
    }

    private static String of(byte[] bytes) {
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
