package dev.devmesh.queue;

import dev.devmesh.store.StoreSession;
import org.jspecify.annotations.Nullable;

/** What a worker does with one type of job: long work outside a unit of work, then an effect inside one. */
interface Handling {

    /** The part inside, ready to run in a unit of work. */
    interface Effect {
        void record(StoreSession tx) throws Exception;
    }

    Effect prepare(Job job) throws Exception;

    static Handling of(JobHandler handler) {
        return job -> tx -> handler.handle(job, tx);
    }

    static <R extends @Nullable Object> Handling of(JobWork<? extends R> work, JobEffect<? super R> effect) {
        return job -> {
            R result = work.perform(job);
            return tx -> effect.record(job, result, tx);
        };
    }
}
