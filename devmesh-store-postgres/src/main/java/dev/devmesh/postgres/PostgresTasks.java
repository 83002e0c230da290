package dev.devmesh.postgres;

import dev.devmesh.ErrorCode;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.UserRights;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.question.GivenAnswer;
import dev.devmesh.store.TaskStore;
import dev.devmesh.task.Task;
import dev.devmesh.task.TaskCall;
import dev.devmesh.task.TaskFailure;
import dev.devmesh.task.TaskQuestion;
import dev.devmesh.task.TaskStatus;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

final class PostgresTasks implements TaskStore {

    private static final String SELECT = """
            SELECT id, tenant_id, subject, user_id, scopes, roles, plan, credential_id, tool, arguments, capabilities,
                   traceparent, status, status_message, created_at, updated_at, life_micros, poll_micros, result,
                   failure_code, failure_message, failure_fix, questions, answers, attempts, settled, revision
            FROM tasks
            WHERE tenant_id = ? AND id = ? AND expires_at > ?
            """;

    private final PostgresUnit unit;

    PostgresTasks(PostgresUnit unit) {
        this.unit = unit;
    }

    @Override
    public void insert(Task task) {
        unit.requireMine("a task", task.tenant());
        Principal owner = task.owner();
        TaskCall call = task.call();
        int inserted = unit.link()
                .change(
                        """
                INSERT INTO tasks (id, tenant_id, subject, user_id, scopes, roles, plan, credential_id, tool, arguments,
                                   capabilities, traceparent, status, status_message, created_at, updated_at, expires_at,
                                   life_micros, poll_micros, result, failure_code, failure_message, failure_fix,
                                   questions, answers, attempts, settled, revision)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::json, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::json, ?, ?, ?, ?::json, ?::json,
                        ?, ?, ?)
                ON CONFLICT DO NOTHING""",
                        task.id(),
                        unit.tenantId(),
                        owner.subject(),
                        owner.user().map(UserRights::id).orElse(null),
                        Rows.texts(owner.scopes().names()),
                        Rows.texts(owner.roles()),
                        owner.plan(),
                        owner.credentialId(),
                        call.tool(),
                        Rows.json(call.arguments()),
                        Rows.texts(call.capabilities().stream().map(Enum::name).toList()),
                        call.trace().traceparent(),
                        task.status().wireName(),
                        task.statusMessage(),
                        task.createdAt(),
                        task.updatedAt(),
                        task.expiresAt(),
                        micros(task.life()),
                        micros(task.pollInterval()),
                        task.result().map(Rows::json).orElse(null),
                        failure(task, reason -> reason.code().name()),
                        failure(task, TaskFailure::message),
                        failure(task, TaskFailure::fix),
                        Rows.json(questions(task.questions())),
                        Rows.json(answers(task.answers())),
                        task.attempts(),
                        task.settled(),
                        task.revision());
        if (inserted == 0) {
            throw new IllegalStateException("there is a task " + task.id() + " already; use a new id");
        }
    }

    @Override
    public Optional<Task> find(String id, Instant now) {
        return unit.link().find(SELECT, PostgresTasks::task, unit.tenantId(), id, now);
    }

    @Override
    public Optional<Task> lock(String id, Instant now) {
        return unit.link().find(SELECT + "FOR NO KEY UPDATE", PostgresTasks::task, unit.tenantId(), id, now);
    }

    @Override
    public boolean update(Task before, Task after) {
        Link link = unit.link();
        return after.id().equals(before.id())
                && link.change(
                                """
                                UPDATE tasks
                                SET status = ?, status_message = ?, updated_at = ?, poll_micros = ?, result = ?::json,
                                    failure_code = ?, failure_message = ?, failure_fix = ?, questions = ?::json,
                                    answers = ?::json, attempts = ?, settled = ?, revision = ?
                                WHERE tenant_id = ? AND id = ? AND revision = ?""",
                                after.status().wireName(),
                                after.statusMessage(),
                                after.updatedAt(),
                                micros(after.pollInterval()),
                                after.result().map(Rows::json).orElse(null),
                                failure(after, reason -> reason.code().name()),
                                failure(after, TaskFailure::message),
                                failure(after, TaskFailure::fix),
                                Rows.json(questions(after.questions())),
                                Rows.json(answers(after.answers())),
                                after.attempts(),
                                after.settled(),
                                after.revision(),
                                unit.tenantId(),
                                before.id(),
                                before.revision())
                        > 0;
    }

    @Override
    public int countOpen(String credentialId, Instant now) {
        return unit.link()
                .find("""
                        SELECT count(*) FROM tasks
                        WHERE tenant_id = ? AND credential_id = ? AND status IN ('working', 'input_required')
                          AND expires_at > ?""", row -> row.getInt(1), unit.tenantId(), credentialId, now)
                .orElse(0);
    }

    private static Task task(ResultSet row) throws SQLException {
        Set<String> roles = Set.copyOf(Rows.texts(row, "roles"));
        Principal owner = new Principal(
                new Tenant(row.getString("tenant_id")),
                row.getString("subject"),
                // what the user may is not kept: whoever runs the task looks what it is then
                Optional.ofNullable(row.getString("user_id")).map(id -> new UserRights(id, true, roles, Scopes.none())),
                Scopes.of(Rows.texts(row, "scopes")),
                roles,
                row.getString("plan"),
                row.getString("credential_id"));
        TaskCall call = new TaskCall(
                row.getString("tool"),
                Rows.object(row, "arguments"),
                capabilities(Rows.texts(row, "capabilities")),
                TraceContext.from(row.getString("traceparent")));
        @Nullable String failure = row.getString("failure_code");
        return new Task(
                row.getString("id"),
                owner,
                call,
                status(row.getString("status")),
                row.getString("status_message"),
                Times.from(row, "created_at"),
                Times.from(row, "updated_at"),
                Duration.of(row.getLong("life_micros"), ChronoUnit.MICROS),
                Duration.of(row.getLong("poll_micros"), ChronoUnit.MICROS),
                row.getString("result") == null ? Optional.empty() : Optional.of(Rows.object(row, "result")),
                failure == null
                        ? Optional.empty()
                        : Optional.of(new TaskFailure(
                                ErrorCode.valueOf(failure),
                                row.getString("failure_message"),
                                row.getString("failure_fix"))),
                questions(Rows.object(row, "questions")),
                answers(Rows.object(row, "answers")),
                row.getInt("attempts"),
                row.getInt("settled"),
                row.getLong("revision"));
    }

    private interface Part {
        String of(TaskFailure reason);
    }

    private static @Nullable String failure(Task task, Part part) {
        return task.failure().map(part::of).orElse(null);
    }

    /** A json column keeps the order of members, and with it that of the questions. */
    private static ObjectNode questions(Map<String, TaskQuestion> questions) {
        ObjectNode all = Json.object();
        questions.forEach((key, question) -> all.putObject(key)
                .put("method", question.method())
                .put("digest", question.digest())
                .<ObjectNode>set("params", question.params())
                .set("schema", question.schema()));
        return all;
    }

    private static Map<String, TaskQuestion> questions(ObjectNode all) {
        Map<String, TaskQuestion> questions = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : all.properties()) {
            JsonNode question = entry.getValue();
            questions.put(
                    entry.getKey(),
                    new TaskQuestion(
                            question.path("method").stringValue(),
                            (ObjectNode) question.path("params"),
                            (ObjectNode) question.path("schema"),
                            question.path("digest").stringValue()));
        }
        return questions;
    }

    private static ObjectNode answers(Map<String, GivenAnswer> answers) {
        ObjectNode all = Json.object();
        answers.forEach((key, answer) ->
                all.putObject(key).put("digest", answer.digest()).set("response", answer.response()));
        return all;
    }

    private static Map<String, GivenAnswer> answers(ObjectNode all) {
        Map<String, GivenAnswer> answers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : all.properties()) {
            JsonNode answer = entry.getValue();
            answers.put(entry.getKey(), new GivenAnswer(answer.path("digest").stringValue(), (ObjectNode)
                    answer.path("response")));
        }
        return answers;
    }

    private static Set<ClientCapability> capabilities(List<String> names) {
        Set<ClientCapability> all = EnumSet.noneOf(ClientCapability.class);
        names.forEach(name -> all.add(ClientCapability.valueOf(name)));
        return all;
    }

    private static TaskStatus status(String wireName) {
        for (TaskStatus status : TaskStatus.values()) {
            if (status.wireName().equals(wireName)) {
                return status;
            }
        }
        throw new IllegalStateException("a task has the status " + wireName + ", which this version does not know");
    }

    private static long micros(Duration time) {
        return Math.addExact(Math.multiplyExact(time.getSeconds(), 1_000_000), time.getNano() / 1_000);
    }
}
