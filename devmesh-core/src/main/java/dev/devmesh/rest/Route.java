package dev.devmesh.rest;

import dev.devmesh.schema.JsonSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One line of the table that the whole API follows from.
 *
 * <p>Immutable.
 *
 * @param verb what is done
 * @param path with what
 * @param access who may
 * @param summary what callers read about it, without a full stop
 * @param query the parameters it knows
 * @param body what it reads, if it reads something
 * @param status what a good answer has
 * @param answerType the name of what it answers, or empty for nothing
 * @param answer what it answers
 * @param work how
 * @param cost what it costs in the caller's rate
 */
record Route(
        Verb verb,
        PathTemplate path,
        @Nullable Access access,
        String summary,
        List<Parameter> query,
        Optional<RequestBody> body,
        int status,
        String answerType,
        JsonSchema answer,
        Work work,
        Cost cost) {

    /** What a request costs in its caller's rate. */
    @FunctionalInterface
    interface Cost {

        /** What most cost. */
        Cost ONE = variables -> 1;

        /** At least 1, by the variables of the path. */
        int of(Map<String, String> variables);
    }

    /** Checks what a route must say. */
    Route {
        String what = verb + " " + path;
        if (access == null) {
            throw new IllegalArgumentException(
                    what
                            + " does not say who may use it: give needs(permission), or forAnyCaller() or forEverybody() on purpose");
        }
        if (summary.isBlank()) {
            throw new IllegalArgumentException(what + " has no summary");
        }
        query = List.copyOf(query);
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(answerType, "answerType");
        Objects.requireNonNull(answer, "answer");
        Objects.requireNonNull(work, "work");
        Objects.requireNonNull(cost, "cost");
        if (body.isPresent() && (verb == Verb.GET || verb == Verb.DELETE)) {
            throw new IllegalArgumentException(what + " cannot have a body");
        }
        if (work instanceof Work.Creating && verb != Verb.POST) {
            throw new IllegalArgumentException(what + " cannot take an idempotency key: only POST needs one");
        }
    }

    static Builder get(String path) {
        return new Builder(Verb.GET, path);
    }

    static Builder post(String path) {
        return new Builder(Verb.POST, path);
    }

    static Builder put(String path) {
        return new Builder(Verb.PUT, path);
    }

    static Builder patch(String path) {
        return new Builder(Verb.PATCH, path);
    }

    static Builder delete(String path) {
        return new Builder(Verb.DELETE, path);
    }

    /** Whether {@code Idempotency-Key} works here. */
    boolean takesIdempotencyKey() {
        return work instanceof Work.Creating;
    }

    /** Gathers what a route says. Confined to its caller. */
    static final class Builder {

        private final Verb verb;
        private final PathTemplate path;
        private final List<Parameter> query = new ArrayList<>();
        private @Nullable Access access;
        private String summary = "";
        private @Nullable Class<?> body;
        private boolean optionalBody;
        private int status = 200;
        private Cost cost = Cost.ONE;
        private String answerType = "";
        private JsonSchema answer = JsonSchema.empty();

        private Builder(Verb verb, String path) {
            this.verb = verb;
            this.path = new PathTemplate(path);
        }

        Builder needs(String permission) {
            access = new Access.Permission(permission);
            return this;
        }

        Builder forAnyCaller() {
            access = Access.ANY_CALLER;
            return this;
        }

        Builder forEverybody() {
            access = Access.PUBLIC;
            return this;
        }

        Builder costs(Cost function) {
            cost = function;
            return this;
        }

        Builder summary(String text) {
            summary = text;
            return this;
        }

        Builder query(Parameter... parameters) {
            query.addAll(List.of(parameters));
            return this;
        }

        Builder reads(Class<?> record) {
            body = record;
            return this;
        }

        /** Like {@link #reads}, and who has nothing to say need not send a body. */
        Builder mayRead(Class<?> record) {
            optionalBody = true;
            return reads(record);
        }

        Builder answers(Class<?> record) {
            answerType = record.getSimpleName();
            answer = JsonSchema.of(record);
            return this;
        }

        Builder answersAnyObject(String name) {
            answerType = name;
            answer = JsonSchema.parse("{\"type\":\"object\"}");
            return this;
        }

        Route handle(Work.Plain handler) {
            if (answerType.isEmpty()) {
                status = 204;
            }
            return build(handler);
        }

        /** For what makes something and may not remember its answer. */
        Route make(Work.Plain handler) {
            status = 201;
            return build(handler);
        }

        Route create(Work.Creating handler) {
            status = 201;
            return build(handler);
        }

        Route begin(Work.Async handler) {
            return build(handler);
        }

        private Route build(Work work) {
            Optional<RequestBody> reads =
                    Optional.ofNullable(body).map(record -> RequestBody.of(record, answer, optionalBody));
            return new Route(verb, path, access, summary, query, reads, status, answerType, answer, work, cost);
        }
    }
}
