package dev.devmesh.context;

import dev.devmesh.store.ErasedKind;
import dev.devmesh.store.ErasureStore;
import dev.devmesh.text.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Counts and digests what an erasure removes, as it goes. Confined to the thread of the unit of work. */
final class ErasureLedger implements ErasureStore.Sink {

    private final Map<ErasedKind, Long> rows = new EnumMap<>(ErasedKind.class);
    private final List<String> contexts = new ArrayList<>();
    private final MessageDigest digest = Sha256.begin();

    @Override
    public void row(ErasedKind kind, String id) {
        rows.merge(kind, 1L, Long::sum);
        digest.update((kind.wireName() + ":" + id + "\n").getBytes(StandardCharsets.UTF_8));
        if (kind == ErasedKind.CONTEXTS) {
            contexts.add(id);
        }
    }

    Map<ErasedKind, Long> rows() {
        return rows;
    }

    /** The ids of the contexts that went. */
    List<String> contexts() {
        return contexts;
    }

    /** Of all rows so far; to be asked once. */
    String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
