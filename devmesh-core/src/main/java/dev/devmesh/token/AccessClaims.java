package dev.devmesh.token;

import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import java.time.Instant;

/**
 * What an access token of this mesh says, once it is believed.
 *
 * @param id of this one token
 * @param subject who acts
 * @param tenant whose data it opens
 * @param scopes the most that it allows
 * @param keyId the key that was exchanged for it
 * @param familyId the family that it ends with
 * @param issuedAt when it was made, to the second
 * @param expiresAt from when on it is not good, to the second
 */
record AccessClaims(
        String id,
        String subject,
        Tenant tenant,
        Scopes scopes,
        String keyId,
        String familyId,
        Instant issuedAt,
        Instant expiresAt) {}
