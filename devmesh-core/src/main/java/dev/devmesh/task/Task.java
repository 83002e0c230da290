package dev.devmesh.task;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.question.GivenAnswer;
import dev.devmesh.question.Question;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * A call of a tool that outlives its request.
 *
 * <p>Immutable; the trees must not be changed.
 *
 * @param id unique in the mesh and not to be guessed, for example {@code task_4Tn…}
 * @param owner who called, with the rights that the caller had then
 * @param call what it is to do
 * @param status how it stands
 * @param statusMessage what there is to say about that, for people; may be empty
 * @param createdAt when it was made
 * @param updatedAt when it changed last
 * @param life how long it is kept from its creation on
 * @param pollInterval how often clients are asked to look, at most
 * @param result the tool's result as a {@code CallToolResult} of MCP; present exactly when it is completed
 * @param failure why there is no result; present exactly when it has failed
 * @param questions by key, those that are open; there are some exactly when input is required
 * @param answers by key, to every question that was asked so far. A key stands for one question in a task's whole life
 * @param attempts how often a worker has begun it. An earlier worker than the last cannot change it any more
 * @param settled the attempt up to which workers have told how it ended; what lies between was lost with its worker
 * @param revision counts its changes, from 1
 */
public record Task(
        String id,
        Principal owner,
        TaskCall call,
        TaskStatus status,
        String statusMessage,
        Instant createdAt,
        Instant updatedAt,
        Duration life,
        Duration pollInterval,
        Optional<ObjectNode> result,
        Optional<TaskFailure> failure,
        Map<String, TaskQuestion> questions,
        Map<String, GivenAnswer> answers,
        int attempts,
        int settled,
        long revision) {

    /** Checks that the parts fit each other, and copies the collections. */
    public Task {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(call, "call");
        Objects.requireNonNull(statusMessage, "statusMessage");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(updatedAt, "updatedAt");
        Objects.requireNonNull(life, "life");
        Objects.requireNonNull(pollInterval, "pollInterval");
        questions = Collections.unmodifiableMap(new LinkedHashMap<>(questions));
        answers = Collections.unmodifiableMap(new LinkedHashMap<>(answers));
        require(id, "result", result.isPresent(), status == TaskStatus.COMPLETED);
        require(id, "failure", failure.isPresent(), status == TaskStatus.FAILED);
        require(id, "questions", !questions.isEmpty(), status == TaskStatus.INPUT_REQUIRED);
        if (revision < 1) {
            throw new IllegalArgumentException("task " + id + " must have a revision of at least 1, has " + revision);
        }
        if (settled < 0 || settled > attempts) {
            throw new IllegalArgumentException(
                    "task " + id + " has settled " + settled + " of its " + attempts + " attempts");
        }
    }

    private static void require(String id, String what, boolean present, boolean wanted) {
        if (present != wanted) {
            throw new IllegalArgumentException("task " + id + (wanted ? " lacks its " : " must not have a ") + what);
        }
    }

    /** Whose data it is. */
    public Tenant tenant() {
        return owner.tenant();
    }

    /** From when on it is as if it had never been. */
    public Instant expiresAt() {
        return createdAt.plus(life);
    }

    /** Whether it is past its life at {@code now}. */
    public boolean isExpired(Instant now) {
        return !now.isBefore(expiresAt());
    }

    /** Whether this caller may know of it: the credential that made it, or an administrator of its tenant. */
    public boolean isOf(Principal caller) {
        return caller.tenant().equals(tenant())
                && (caller.may(Scopes.ADMIN)
                        || owner.subject().equals(caller.subject())
                                && owner.credentialId().equals(caller.credentialId()));
    }

    /** A new task, to be worked on. */
    static Task begin(
            String id,
            Principal owner,
            TaskCall call,
            Map<String, GivenAnswer> answers,
            Instant now,
            TaskLimits limits) {
        return new Task(
                id,
                owner,
                call,
                TaskStatus.WORKING,
                "",
                now,
                now,
                limits.life(),
                limits.pollInterval(),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                answers,
                0,
                0,
                1);
    }

    /** How many attempts were lost with their workers since one told how it ended. */
    int lostAttempts() {
        return attempts - settled;
    }

    /** A worker begins. */
    Task attempted(Instant now) {
        return moved(status, statusMessage, now, questions, answers, attempts + 1, settled);
    }

    /** The worker of the latest attempt gives it back, with nothing done. */
    Task givenBack(Instant now) {
        return moved(status, statusMessage, now, questions, answers, attempts, attempts);
    }

    /** The tool asks. */
    Task asking(List<Question> open, Instant now) {
        Map<String, TaskQuestion> asked = new LinkedHashMap<>();
        open.forEach(question -> asked.put(question.key(), TaskQuestion.of(question)));
        return moved(TaskStatus.INPUT_REQUIRED, "Waiting for answers.", now, asked, answers, attempts, attempts);
    }

    /** Some of the open questions are answered; when all are, the work goes on. */
    Task answered(Map<String, ObjectNode> responses, Instant now) {
        Map<String, TaskQuestion> open = new LinkedHashMap<>(questions);
        Map<String, GivenAnswer> known = new LinkedHashMap<>(answers);
        responses.forEach((key, response) -> {
            TaskQuestion question = open.remove(key);
            if (question != null) {
                known.put(key, new GivenAnswer(question.digest(), response));
            }
        });
        return open.isEmpty()
                ? moved(TaskStatus.WORKING, "", now, open, known, attempts, settled)
                : moved(status, statusMessage, now, open, known, attempts, settled);
    }

    /** The tool has returned. */
    Task completed(ObjectNode outcome, Instant now) {
        return ended(TaskStatus.COMPLETED, "", now, Optional.of(outcome), Optional.empty());
    }

    /** There will be no result. */
    Task failed(TaskFailure reason, Instant now) {
        return ended(TaskStatus.FAILED, reason.message(), now, Optional.empty(), Optional.of(reason));
    }

    /** Nobody wants it any more. */
    Task cancelled(Instant now) {
        return ended(TaskStatus.CANCELLED, "Cancelled by its owner.", now, Optional.empty(), Optional.empty());
    }

    private Task ended(
            TaskStatus end, String message, Instant now, Optional<ObjectNode> outcome, Optional<TaskFailure> reason) {
        return new Task(
                id,
                owner,
                call,
                end,
                message,
                createdAt,
                now,
                life,
                pollInterval,
                outcome,
                reason,
                Map.of(),
                answers,
                attempts,
                attempts,
                revision + 1);
    }

    private Task moved(
            TaskStatus next,
            String message,
            Instant now,
            Map<String, TaskQuestion> open,
            Map<String, GivenAnswer> known,
            int begun,
            int told) {
        return new Task(
                id,
                owner,
                call,
                next,
                message,
                createdAt,
                now,
                life,
                pollInterval,
                Optional.empty(),
                Optional.empty(),
                open,
                known,
                begun,
                told,
                revision + 1);
    }
}
