package dev.devmesh.audit;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How an act went. */
public enum AuditOutcome {
    /** It was done. */
    OK,
    /** The caller was refused: not known, not allowed, or over a limit. */
    DENIED,
    /** It was tried and did not succeed. */
    FAILED;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The name as it travels. */
    public String wireName() {
        return wireName;
    }

    /** The outcome of this wire name. */
    public static Optional<AuditOutcome> of(String wireName) {
        return Arrays.stream(values())
                .filter(outcome -> outcome.wireName.equals(wireName))
                .findFirst();
    }
}
