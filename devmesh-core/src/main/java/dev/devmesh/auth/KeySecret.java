package dev.devmesh.auth;

import dev.devmesh.text.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The form of a secret: {@code dmk_<environment>_<30 base-62 digits>_<6 base-62 digits>}. The 30 digits are 178 random
 * bits. The 6 are the CRC-32 of everything before their underscore, so that a typing error, and what a scanner of
 * leaked secrets took for one, is told from a key without asking a store.
 *
 * <p>A fast hash is enough at rest, and the right one: nobody guesses 178 bits, and a slow one on the way of every
 * request would be a way to wear the server out.
 */
final class KeySecret {

    /** What each of them begins with. */
    static final String PREFIX = "dmk_";

    static final Pattern ENVIRONMENT = Pattern.compile("[a-z]{1,16}");

    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_DIGITS = 30;
    private static final int CHECK_DIGITS = 6;
    private static final Pattern FORM = Pattern.compile("dmk_[a-z]{1,16}_[0-9A-Za-z]{30}_[0-9A-Za-z]{6}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private KeySecret() {}

    static String next(String environment) {
        StringBuilder secret =
                new StringBuilder(64).append(PREFIX).append(environment).append('_');
        for (int i = 0; i < RANDOM_DIGITS; i++) {
            secret.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        String checked = check(secret.toString());
        return secret.append('_').append(checked).toString();
    }

    /** Whether it has the form and its check digits are right. */
    static boolean isSound(String secret) {
        return FORM.matcher(secret).matches()
                && secret.endsWith(check(secret.substring(0, secret.length() - CHECK_DIGITS - 1)));
    }

    /** The SHA-256 as 64 lower-case hexadecimal digits. */
    static String hash(String secret) {
        return Sha256.hex(secret);
    }

    private static String check(String body) {
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        char[] digits = new char[CHECK_DIGITS];
        long rest = crc.getValue();
        for (int i = CHECK_DIGITS - 1; i >= 0; i--) {
            digits[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
            rest /= ALPHABET.length();
        }
        return new String(digits);
    }
}
