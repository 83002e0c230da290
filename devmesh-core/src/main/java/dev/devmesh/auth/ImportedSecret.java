package dev.devmesh.auth;

import java.util.regex.Pattern;

/** The form of a secret that an operator chose. */
final class ImportedSecret {

    static final int SHORTEST = 32;
    static final int LONGEST = 512;

    private static final Pattern JWT = Pattern.compile("eyJ[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*");

    private ImportedSecret() {}

    /**
     * Whether a store may hold it: printable ASCII without spaces, long enough, and no JSON Web Token. Those are left to
     * the schemes that read them, so a request that carries one asks no store about it here.
     */
    static boolean isPossible(String secret) {
        return secret.length() >= SHORTEST
                && secret.length() <= LONGEST
                && secret.chars().allMatch(c -> c > ' ' && c < 0x7f)
                && !JWT.matcher(secret).matches();
    }
}
