package dev.devmesh.store;

import java.security.SecureRandom;

/**
 * Makes ids that nobody can guess and no two nodes make twice.
 *
 * <p>Safe for use by many threads.
 */
public final class Ids {

    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int LENGTH = 22;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    /** The prefix, which must consist of {@code A-Z a-z 0-9 _}, and 22 base-62 digits: 131 random bits. */
    public static String next(String prefix) {
        StringBuilder id = new StringBuilder(prefix.length() + LENGTH).append(prefix);
        byte[] pool = new byte[LENGTH + 6];
        while (true) {
            RANDOM.nextBytes(pool);
            for (byte b : pool) {
                int value = b & 0xff;
                // 248 is the largest multiple of 62 in a byte: what is above would favour the first digits.
                if (value < 248) {
                    id.append(ALPHABET.charAt(value % 62));
                    if (id.length() == prefix.length() + LENGTH) {
                        return id.toString();
                    }
                }
            }
        }
    }
}
