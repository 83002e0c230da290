package dev.devmesh.inmemory;

import dev.devmesh.inmemory.Tables.SessionKey;
import dev.devmesh.store.SessionNotes;
import dev.devmesh.store.SessionStore;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

final class InMemorySessions implements SessionStore {

    private final UnitOfWork unit;

    InMemorySessions(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public Optional<SessionNotes> find(String id, Instant now) {
        return Optional.ofNullable(unit.read().sessions.get(key(id)))
                .filter(notes -> notes.expiresAt().isAfter(now));
    }

    @Override
    public SessionNotes change(String id, Instant now, Instant expiresAt, UnaryOperator<SessionNotes> change) {
        Tables tables = unit.write();
        SessionNotes before = find(id, now).orElseGet(() -> SessionNotes.none(id, expiresAt));
        SessionNotes after = change.apply(before);
        if (!after.id().equals(id) || !after.expiresAt().equals(before.expiresAt())) {
            throw new IllegalArgumentException("notes of session " + id + " cannot change its id or its expiry");
        }
        tables.putSession(key(id), after, now);
        return after;
    }

    private SessionKey key(String id) {
        return new SessionKey(unit.tenant().id(), id);
    }
}
