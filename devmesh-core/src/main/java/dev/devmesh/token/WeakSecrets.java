package dev.devmesh.token;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Tells secrets that anybody could guess. */
final class WeakSecrets {

    static final int SHORTEST = 32;

    private static final int FEWEST_CHARACTERS = 10;

    /** What samples have in them, letters and digits only. */
    private static final List<String> SAMPLES = List.of(
            "changeme",
            "changethis",
            "changeit",
            "replaceme",
            "replacethis",
            "jwtsecret",
            "mysecret",
            "yoursecret",
            "topsecret",
            "supersecret",
            "secretkey",
            "signingkey",
            "256bitsecret",
            "password",
            "example",
            "minimum32characters",
            "0123456789abcdef",
            "abcdefghijklmnop",
            "qwertyuiop");

    private WeakSecrets() {}

    /** What is wrong with a secret that was given; none given is no problem. */
    static Optional<String> problem(String secret) {
        if (secret.isEmpty()) {
            return Optional.empty();
        }
        String cure = " openssl rand -base64 48 makes one; without any, the key is derived from the session secret.";
        int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < SHORTEST) {
            return Optional.of(
                    "The secret of tokens has " + bytes + " bytes and needs at least " + SHORTEST + "." + cure);
        }
        String plain = secret.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
        if (plain.startsWith("secret") || SAMPLES.stream().anyMatch(plain::contains)) {
            return Optional.of("The secret of tokens is a sample that anybody could try." + cure);
        }
        if (secret.chars().distinct().count() < FEWEST_CHARACTERS) {
            return Optional.of("The secret of tokens has fewer than " + FEWEST_CHARACTERS
                    + " different characters, so that it could be guessed." + cure);
        }
        return Optional.empty();
    }
}
