package dev.devmesh.auth;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.store.Store;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Knows who shows an API key, as {@code X-API-Key} or as a bearer token. Whether a key is expired or revoked learns only
 * who has its secret; everybody else learns that it is unknown.
 */
final class KeyAuthenticator implements Authenticator {

    private static final Duration USE_NOTED_AT_MOST_EVERY = Duration.ofMinutes(1);

    private final Store store;
    private final Clock clock;

    KeyAuthenticator(Store store, Clock clock) {
        this.store = store;
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
        return store.system()
                .keyByHash(hash)
                .filter(found -> MessageDigest.isEqual(ascii(found.key().hash()), ascii(hash)));
    }

    private Principal admitted(KeyStanding found) {
        ApiKey key = found.key();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        if (key.revokedAt().isPresent()) {
            throw new MeshException(
                    ErrorCode.KEY_REVOKED,
                    "API key revoked: " + key.id() + " was taken back at "
                            + key.revokedAt().get() + ".",
                    "Use another key, or ask an administrator of the tenant for a new one.");
        }
        if (key.isExpired(now)) {
            throw new MeshException(
                    ErrorCode.KEY_EXPIRED,
                    "API key expired: " + key.id() + " was good until "
                            + key.expiresAt().orElseThrow() + "; it is " + now + " here.",
                    "Use another key, or ask an administrator of the tenant for a new one.");
        }
        boolean noteUse = key.lastUsedAt()
                .map(last -> !now.isBefore(last.plus(USE_NOTED_AT_MOST_EVERY)))
                .orElse(true);
        if (noteUse) {
            store.system().keyUsed(key.id(), now);
        }
        return key.principal();
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
