package dev.devmesh.context;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.ErasedKind;
import dev.devmesh.store.ErasureScope;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The proof of an erasure: what went, and that nothing of it was left when its unit of work committed. It holds no content.
 *
 * <p>Immutable.
 *
 * @param tenant whose data it was
 * @param scope all of the tenant's, or one agent's
 * @param by the subject that asked for it
 * @param at when
 * @param rows how many rows went, of every kind, in the order of the kinds
 * @param sha256 of the text with one line, ended by a line feed, for each row: the kind's {@linkplain ErasedKind#wireName() wire
 *     name}, a colon and the id; by kind and then by id in the order of bytes. 64 lower-case hexadecimal digits. By it a
 *     list of ids, from a backup for example, is shown to be the one that went
 */
public record Erasure(
        Tenant tenant, ErasureScope scope, String by, Instant at, Map<ErasedKind, Long> rows, String sha256) {

    /** Copies the numbers, and puts 0 where a kind has none. */
    public Erasure {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(scope, "scope");
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(sha256, "sha256");
        Map<ErasedKind, Long> all = new EnumMap<>(ErasedKind.class);
        for (ErasedKind kind : ErasedKind.values()) {
            all.put(kind, rows.getOrDefault(kind, 0L));
        }
        rows = Collections.unmodifiableMap(all);
    }

    /** How many rows of this kind went. */
    public long rows(ErasedKind kind) {
        return rows.getOrDefault(kind, 0L);
    }
}
