package dev.devmesh.auth;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.store.Store;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Knows who shows an API key, as {@code X-API-Key} or as a bearer token. Whether a key is expired or revoked learns only
 * who has its secret; everybody else learns that it is unknown.
 */
final class KeyAuthenticator implements Authenticator {

    private final Store store;
    private final KeyLookup lookup;
    private final Clock clock;

    KeyAuthenticator(Store store, KeyLookup lookup, Clock clock) {
        this.store = store;
        this.lookup = lookup;
        this.clock = clock;
    }

    @Override
    public Optional<Principal> authenticate(Credentials credentials) {
        Optional<Principal> byKey = principalOf(credentials.apiKey());
        return byKey.isPresent() ? byKey : principalOf(credentials.bearer());
    }

    @Override
    public boolean blocking() {
        return store.blocking();
    }

    private Optional<Principal> principalOf(String secret) {
        if (secret.startsWith(KeySecret.PREFIX)) {
            Optional<KeyStanding> key = KeySecret.isSound(secret) ? keyOf(secret) : Optional.empty();
            return Optional.of(known(key.orElseThrow(KeyAuthenticator::unknown)));
        }
        return ImportedSecret.isPossible(secret) ? keyOf(secret).map(this::known) : Optional.empty();
    }

    private Principal known(KeyStanding found) {
        try {
            return admitted(found);
        } catch (MeshException refused) {
            boolean ofTheKey = refused.code().status() == 401 || refused.code().status() == 403;
            throw ofTheKey ? new CredentialRefusedException(refused, found.key().principal()) : refused;
        }
    }

    private Optional<KeyStanding> keyOf(String secret) {
        String hash = KeySecret.hash(secret);
        // The store compared to find it; this does not depend on how the store compares.
        return lookup.byHash(hash)
                .filter(found -> MessageDigest.isEqual(ascii(found.key().hash()), ascii(hash)));
    }

    private Principal admitted(KeyStanding found) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Principal principal = found.admit(now);
        lookup.used(found.key());
        return principal;
    }

    private static MeshException unknown() {
        return new MeshException(
                ErrorCode.KEY_UNKNOWN,
                "Invalid API key: nobody knows it here.",
                "Check that it is complete, from dmk_ to its last six characters, and meant for this server.");
    }

    private static byte[] ascii(String hex) {
        return hex.getBytes(StandardCharsets.US_ASCII);
    }
}
