package dev.devmesh.inmemory;

import dev.devmesh.inmemory.Tables.AnswerKey;
import dev.devmesh.store.IdempotencyStore;
import dev.devmesh.store.IdempotentAnswer;
import java.time.Instant;
import java.util.Optional;

final class InMemoryIdempotency implements IdempotencyStore {

    private final UnitOfWork unit;

    InMemoryIdempotency(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public Optional<IdempotentAnswer> lock(String caller, String key, Instant now) {
        return Optional.ofNullable(unit.write().answers.get(key(caller, key)))
                .filter(answer -> answer.expiresAt().isAfter(now));
    }

    @Override
    public void record(IdempotentAnswer answer, Instant now) {
        unit.write().putAnswer(key(answer.caller(), answer.key()), answer, now);
    }

    private AnswerKey key(String caller, String key) {
        return new AnswerKey(unit.tenant().id(), caller, key);
    }
}
