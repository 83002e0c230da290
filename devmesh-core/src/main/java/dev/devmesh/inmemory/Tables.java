package dev.devmesh.inmemory;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.access.Role;
import dev.devmesh.access.TenantInfo;
import dev.devmesh.access.User;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.TenantState;
import dev.devmesh.auth.UserRights;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextItem;
import dev.devmesh.json.Json;
import dev.devmesh.question.GivenAnswer;
import dev.devmesh.queue.Job;
import dev.devmesh.store.IdempotentAnswer;
import dev.devmesh.store.Position;
import dev.devmesh.store.SessionNotes;
import dev.devmesh.store.UserStore;
import dev.devmesh.task.Task;
import dev.devmesh.task.TaskQuestion;
import dev.devmesh.tool.ToolSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Everything that an {@link InMemoryStore} holds: rows by id, and beside them the indexes that keep every question from
 * walking over all rows.
 *
 * <p>One unit of work fills its own copy, which costs a dozen references, and publishes it when it commits. From then on
 * nobody writes to it. The rows carry their tenant; who asks for one checks it. A change that is refused has changed
 * nothing.
 */
final class Tables {

    final InMemoryBounds bounds;

    Tree<String, StoredContext> contexts = Tree.empty();
    Tree<Listed, String> contextsNewestFirst = Tree.empty();
    Tree<Due<String>, String> contextsByExpiry = Tree.empty();

    Tree<Embedded.Key, Shared> vectors = Tree.empty();
    Tree<Due<ItemKey>, ItemKey> pendingItems = Tree.empty();

    Tree<String, ApiKey> keys = Tree.empty();
    Tree<String, String> keysByHash = Tree.empty();
    Tree<Listed, String> keysNewestFirst = Tree.empty();

    Tree<String, StoredUser> users = Tree.empty();
    Tree<Named, String> usersByName = Tree.empty();
    Tree<Listed, String> usersNewestFirst = Tree.empty();
    Tree<String, Role> roles = Tree.empty();
    Tree<Named, String> rolesByName = Tree.empty();

    Tree<String, TenantInfo> tenants = Tree.empty();
    Tree<Position, String> tenantsNewestFirst = Tree.empty();

    Tree<String, StoredJob> jobs = Tree.empty();
    Tree<Named, String> liveJobsByName = Tree.empty();
    Tree<Ticket, String> liveJobsByDelivery = Tree.empty();
    Tree<Due<String>, String> doneJobs = Tree.empty();

    Tree<String, StoredTask> tasks = Tree.empty();
    Tree<Due<String>, String> tasksByExpiry = Tree.empty();
    Tree<OpenTask, Instant> openTasks = Tree.empty();

    Tree<SessionKey, SessionNotes> sessions = Tree.empty();
    Tree<Due<SessionKey>, SessionKey> sessionsByExpiry = Tree.empty();

    Tree<AnswerKey, IdempotentAnswer> answers = Tree.empty();
    Tree<Due<AnswerKey>, AnswerKey> answersByExpiry = Tree.empty();

    Tree<Position, AuditEntry> audit = Tree.empty();

    private int items;
    private int failedItems;
    private long characters;
    private long lastJobNumber;

    Tables(InMemoryBounds bounds) {
        this.bounds = bounds;
    }

    Tables(Tables from) {
        bounds = from.bounds;
        contexts = from.contexts;
        contextsNewestFirst = from.contextsNewestFirst;
        contextsByExpiry = from.contextsByExpiry;
        vectors = from.vectors;
        pendingItems = from.pendingItems;
        failedItems = from.failedItems;
        keys = from.keys;
        keysByHash = from.keysByHash;
        keysNewestFirst = from.keysNewestFirst;
        users = from.users;
        usersByName = from.usersByName;
        usersNewestFirst = from.usersNewestFirst;
        roles = from.roles;
        rolesByName = from.rolesByName;
        tenants = from.tenants;
        tenantsNewestFirst = from.tenantsNewestFirst;
        jobs = from.jobs;
        liveJobsByName = from.liveJobsByName;
        liveJobsByDelivery = from.liveJobsByDelivery;
        doneJobs = from.doneJobs;
        tasks = from.tasks;
        tasksByExpiry = from.tasksByExpiry;
        openTasks = from.openTasks;
        sessions = from.sessions;
        sessionsByExpiry = from.sessionsByExpiry;
        answers = from.answers;
        answersByExpiry = from.answersByExpiry;
        audit = from.audit;
        items = from.items;
        characters = from.characters;
        lastJobNumber = from.lastJobNumber;
    }

    // Contexts

    void insertContext(Context context) {
        if (contexts.get(context.id()) != null) {
            throw new IllegalStateException("there is a context " + context.id() + " already; use a new id");
        }
        if (contexts.size() >= bounds.contexts()) {
            purgeContexts(context.createdAt());
        }
        refuseBeyond("contexts", contexts.size() + 1L, bounds.contexts());
        putContext(null, new StoredContext(context, Tree.empty(), 0, size(context)));
    }

    void updateContext(StoredContext old, Context context) {
        if (!Listed.of(context).equals(Listed.of(old.context()))) {
            throw new IllegalArgumentException("context " + context.id() + " cannot change its tenant or creation");
        }
        putContext(old, new StoredContext(context, old.items(), old.lastSeq(), size(context)));
    }

    void appendItems(StoredContext old, List<ContextItem> added) {
        refuseBeyond("items", (long) items + added.size(), bounds.items());
        Tree<Long, StoredItem> all = old.items();
        long last = old.lastSeq();
        long growth = 0;
        for (ContextItem item : added) {
            if (item.seq() <= last || !item.contextId().equals(old.context().id())) {
                throw new IllegalStateException("item " + item.id() + " does not belong behind item " + last
                        + " of context " + old.context().id());
            }
            last = item.seq();
            StoredItem stored = stored(item);
            all = all.with(last, stored);
            growth += stored.size();
        }
        grow(growth);
        for (Tree.Node<Long, StoredItem> entry : all.above(old.lastSeq())) {
            list(entry.value);
        }
        items += added.size();
        contexts = contexts.with(old.context().id(), new StoredContext(old.context(), all, last, old.size()));
    }

    long truncate(StoredContext old, long belowSeq, long tokens) {
        Tree<Long, StoredItem> rest = old.items();
        long gone = 0;
        for (Tree.Node<Long, StoredItem> entry : old.items().entries()) {
            if (gone >= tokens || entry.key >= belowSeq) {
                break;
            }
            if (!entry.value.item().staysInForce()) {
                rest = rest.without(entry.key);
                gone += entry.value.item().tokenCount();
                forget(entry.value);
            }
        }
        contexts = contexts.with(old.context().id(), new StoredContext(old.context(), rest, old.lastSeq(), old.size()));
        return gone;
    }

    int compact(StoredContext old, ContextItem summary) {
        StoredItem last = old.items().get(summary.seq());
        if (last == null
                || last.item().staysInForce()
                || !summary.contextId().equals(old.context().id())) {
            throw new IllegalStateException("there is no item at " + summary.seq() + " of context "
                    + old.context().id() + " that a summary could be put in place of");
        }
        StoredItem stored = stored(summary);
        List<StoredItem> gone = new ArrayList<>();
        long size = 0;
        for (Tree.Node<Long, StoredItem> entry : old.items().entries()) {
            if (entry.key > summary.seq()) {
                break;
            }
            if (!entry.value.item().staysInForce()) {
                gone.add(entry.value);
                size += entry.value.size();
            }
        }
        // What goes makes room for what comes, and is counted off once.
        grow(stored.size() - size);
        characters += size;
        Tree<Long, StoredItem> rest = old.items();
        for (StoredItem row : gone) {
            rest = rest.without(row.item().seq());
            forget(row);
        }
        rest = rest.with(summary.seq(), stored);
        list(stored);
        items++;
        contexts = contexts.with(old.context().id(), new StoredContext(old.context(), rest, old.lastSeq(), old.size()));
        return gone.size();
    }

    private static StoredItem stored(ContextItem item) {
        return StoredItem.of(item, item.content().length() + size(item.metadata()));
    }

    void deleteContext(StoredContext old) {
        Context context = old.context();
        contexts = contexts.without(context.id());
        contextsNewestFirst = contextsNewestFirst.without(Listed.of(context));
        if (context.expiresAt().isPresent()) {
            contextsByExpiry =
                    contextsByExpiry.without(new Due<>(context.expiresAt().get(), context.id()));
        }
        characters -= old.size();
        for (Tree.Node<Long, StoredItem> entry : old.items().entries()) {
            forget(entry.value);
        }
    }

    int purgeContexts(Instant now) {
        int gone = 0;
        for (Tree.Node<Due<String>, String> entry : contextsByExpiry.entries()) {
            if (entry.key.at().isAfter(now)) {
                break;
            }
            deleteContext(Objects.requireNonNull(contexts.get(entry.value)));
            gone++;
        }
        return gone;
    }

    private void putContext(@Nullable StoredContext old, StoredContext row) {
        Context context = row.context();
        grow(old == null ? row.size() : row.size() - old.size());
        if (old != null && old.context().expiresAt().isPresent()) {
            contextsByExpiry =
                    contextsByExpiry.without(new Due<>(old.context().expiresAt().get(), context.id()));
        }
        contexts = contexts.with(context.id(), row);
        contextsNewestFirst = contextsNewestFirst.with(Listed.of(context), context.id());
        if (context.expiresAt().isPresent()) {
            contextsByExpiry =
                    contextsByExpiry.with(new Due<>(context.expiresAt().get(), context.id()), context.id());
        }
    }

    // Items and their embeddings

    /** Replaces an item of a context, which differs only in what concerns its embedding. */
    void putItem(StoredItem old, StoredItem row) {
        StoredContext context = Objects.requireNonNull(contexts.get(row.item().contextId()));
        if (row.embedded() != old.embedded()) {
            use(row.embedded());
            release(old.embedded());
        }
        unlist(old);
        list(row);
        contexts = contexts.with(
                context.context().id(),
                new StoredContext(
                        context.context(),
                        context.items().with(row.item().seq(), row),
                        context.lastSeq(),
                        context.size()));
    }

    /** The embedding to store in place of this one: the one that is there already for the same text, if it is the same. */
    Embedded shared(Embedded embedded) {
        Shared there = vectors.get(embedded.key());
        return there != null && there.embedded().hasVectorOf(embedded) ? there.embedded() : embedded;
    }

    private void use(@Nullable Embedded embedded) {
        if (embedded == null) {
            return;
        }
        Shared there = vectors.get(embedded.key());
        if (there != null && there.embedded() == embedded) {
            vectors = vectors.with(embedded.key(), new Shared(embedded, there.uses() + 1));
        } else {
            // A model that answers differently under the same name: from now on this is what is known of the text.
            grow(
                    there == null
                            ? embedded.size()
                            : embedded.size() - there.embedded().size());
            vectors = vectors.with(embedded.key(), new Shared(embedded, 1));
        }
    }

    private void release(@Nullable Embedded embedded) {
        Shared there = embedded == null ? null : vectors.get(embedded.key());
        if (there == null || there.embedded() != embedded) {
            return;
        }
        if (there.uses() > 1) {
            vectors = vectors.with(embedded.key(), new Shared(embedded, there.uses() - 1));
        } else {
            vectors = vectors.without(embedded.key());
            characters -= embedded.size();
        }
    }

    int failedItems() {
        return failedItems;
    }

    /** Whether there are embeddings of another model: the index has the model first, so its ends tell. */
    boolean hasOtherModels(String model) {
        Embedded.Key last = vectors.lastKey();
        return last != null
                && !(last.model().equals(model)
                        && vectors.entries().iterator().next().key.model().equals(model));
    }

    StoredItem item(ItemKey key) {
        StoredContext context = Objects.requireNonNull(contexts.get(key.contextId()));
        return Objects.requireNonNull(context.items().get(key.seq()));
    }

    /** Removes from the indexes what belongs to an item that is being removed. */
    private void forget(StoredItem row) {
        characters -= row.size();
        items--;
        unlist(row);
        release(row.embedded());
    }

    private void list(StoredItem row) {
        switch (row.item().embedding()) {
            case PENDING -> pendingItems = pendingItems.with(ItemKey.due(row), ItemKey.of(row));
            case FAILED -> failedItems++;
            case DONE -> {
                // Nothing is left to do for it.
            }
        }
    }

    private void unlist(StoredItem row) {
        switch (row.item().embedding()) {
            case PENDING -> pendingItems = pendingItems.without(ItemKey.due(row));
            case FAILED -> failedItems--;
            case DONE -> {
                // It is in no index.
            }
        }
    }

    // Keys

    void insertKey(ApiKey key) {
        refuseBeyond("API keys", keys.size() + 1L, bounds.keys());
        keys = keys.with(key.id(), key);
        keysByHash = keysByHash.with(key.hash(), key.id());
        keysNewestFirst = keysNewestFirst.with(Listed.of(key), key.id());
    }

    void removeKey(ApiKey key) {
        keys = keys.without(key.id());
        keysByHash = keysByHash.without(key.hash());
        keysNewestFirst = keysNewestFirst.without(Listed.of(key));
    }

    void updateKey(ApiKey key) {
        keys = keys.with(key.id(), key);
    }

    // Users, roles and tenants

    /** What of the user another one has already, of this mesh or tenant. */
    Optional<UserStore.Taken> taken(User user, @Nullable User instead) {
        if (instead == null && users.get(user.id()) != null) {
            return Optional.of(UserStore.Taken.ID);
        }
        if (isOther(usersByName.get(Named.email(user)), user.email(), user)) {
            return Optional.of(UserStore.Taken.EMAIL);
        }
        return isOther(usersByName.get(Named.subject(user)), user.subject(), user)
                ? Optional.of(UserStore.Taken.SUBJECT)
                : Optional.empty();
    }

    private static boolean isOther(@Nullable String holder, String name, User user) {
        return !name.isEmpty() && holder != null && !holder.equals(user.id());
    }

    void putUser(@Nullable StoredUser old, StoredUser row) {
        User user = row.user();
        if (old == null) {
            refuseBeyond("users", users.size() + 1L, bounds.users());
        }
        grow(row.size() - (old == null ? 0 : old.size()));
        if (old != null) {
            usersByName = usersByName.without(Named.email(old.user())).without(Named.subject(old.user()));
        }
        users = users.with(user.id(), row);
        usersNewestFirst = usersNewestFirst.with(Listed.of(user), user.id());
        if (!user.email().isEmpty()) {
            usersByName = usersByName.with(Named.email(user), user.id());
        }
        if (!user.subject().isEmpty()) {
            usersByName = usersByName.with(Named.subject(user), user.id());
        }
    }

    void removeUser(StoredUser row) {
        User user = row.user();
        users = users.without(user.id());
        usersNewestFirst = usersNewestFirst.without(Listed.of(user));
        usersByName = usersByName.without(Named.email(user)).without(Named.subject(user));
        characters -= row.size();
    }

    /** How a user of a tenant stands; of a tenant that nobody made, too. */
    Standing standing(Tenant tenant, @Nullable String userId) {
        TenantInfo made = tenants.get(tenant.id());
        return new Standing(
                made == null ? TenantState.ACTIVE : made.state(),
                Optional.ofNullable(userId == null || userId.isEmpty() ? null : users.get(userId))
                        .filter(row -> row.user().tenant().equals(tenant))
                        .map(this::rights));
    }

    private UserRights rights(StoredUser row) {
        Set<String> names = new HashSet<>();
        Set<String> allowed = new HashSet<>();
        for (String id : row.roles()) {
            Role role = Objects.requireNonNull(roles.get(id));
            names.add(role.name());
            allowed.addAll(role.allowed().names());
        }
        row.tools().forEach(tool -> allowed.add(ToolSpec.permission(tool)));
        return new UserRights(row.user().id(), row.user().isEnabled(), names, Scopes.of(allowed));
    }

    void insertRole(Role role) {
        refuseBeyond("roles", roles.size() + 1L, bounds.users());
        putRole(null, role);
        rolesByName = rolesByName.with(Named.of(role), role.id());
    }

    void putRole(@Nullable Role old, Role role) {
        grow(size(role) - (old == null ? 0 : size(old)));
        roles = roles.with(role.id(), role);
    }

    void removeRole(Role role) {
        for (Tree.Node<String, StoredUser> entry : users.entries()) {
            if (entry.value.roles().contains(role.id())) {
                putUser(entry.value, entry.value.without(role));
            }
        }
        roles = roles.without(role.id());
        rolesByName = rolesByName.without(Named.of(role));
        characters -= size(role);
    }

    void updateTenant(TenantInfo tenant) {
        tenants = tenants.with(tenant.tenant().id(), tenant);
    }

    void insertTenant(TenantInfo tenant) {
        refuseBeyond("tenants", tenants.size() + 1L, bounds.users());
        updateTenant(tenant);
        tenantsNewestFirst = tenantsNewestFirst.with(
                new Position(tenant.createdAt(), tenant.tenant().id()),
                tenant.tenant().id());
    }

    // Jobs

    void insertJob(Job job, String dedupeKey) {
        if (jobs.size() >= bounds.jobs()) {
            for (Tree.Node<Due<String>, String> oldest : doneJobs.entries()) {
                removeJob(oldest.value);
                break;
            }
        }
        refuseBeyond("jobs", jobs.size() + 1L, bounds.jobs());
        StoredJob row = new StoredJob(
                job, dedupeKey, ++lastJobNumber, StoredJob.State.LIVE, 0, Instant.MIN, Instant.MIN, size(job));
        grow(row.size());
        putJob(null, row);
    }

    void putJob(@Nullable StoredJob old, StoredJob row) {
        if (old != null) {
            unlist(old);
        }
        String id = row.job().id();
        jobs = jobs.with(id, row);
        if (row.state() == StoredJob.State.LIVE) {
            liveJobsByDelivery = liveJobsByDelivery.with(row.ticket(), id);
            if (!row.dedupeKey().isEmpty()) {
                liveJobsByName = liveJobsByName.with(row.dedupeName(), id);
            }
        } else if (row.state() == StoredJob.State.DONE) {
            doneJobs = doneJobs.with(new Due<>(row.doneAt(), id), id);
        }
    }

    int purgeJobs(Instant doneBefore) {
        int gone = 0;
        for (Tree.Node<Due<String>, String> entry : doneJobs.entries()) {
            if (!entry.key.at().isBefore(doneBefore)) {
                break;
            }
            removeJob(entry.value);
            gone++;
        }
        return gone;
    }

    void removeJob(String id) {
        StoredJob row = Objects.requireNonNull(jobs.get(id));
        unlist(row);
        jobs = jobs.without(id);
        characters -= row.size();
    }

    private void unlist(StoredJob row) {
        String id = row.job().id();
        switch (row.state()) {
            case LIVE -> {
                liveJobsByDelivery = liveJobsByDelivery.without(row.ticket());
                if (!row.dedupeKey().isEmpty()) {
                    liveJobsByName = liveJobsByName.without(row.dedupeName());
                }
            }
            case DONE -> doneJobs = doneJobs.without(new Due<>(row.doneAt(), id));
            case DEAD -> {
                // A dead job is in no index: it is found by its id only.
            }
        }
    }

    // Tasks

    void insertTask(Task task) {
        if (tasks.get(task.id()) != null) {
            throw new IllegalStateException("there is a task " + task.id() + " already; use a new id");
        }
        if (tasks.size() >= bounds.tasks()) {
            purgeTasks(task.createdAt());
        }
        refuseBeyond("tasks", tasks.size() + 1L, bounds.tasks());
        putTask(null, task);
        tasksByExpiry = tasksByExpiry.with(new Due<>(task.expiresAt(), task.id()), task.id());
    }

    void putTask(@Nullable StoredTask old, Task task) {
        StoredTask row = new StoredTask(task, size(task));
        grow(old == null ? row.size() : row.size() - old.size());
        tasks = tasks.with(task.id(), row);
        openTasks = task.status().isFinal()
                ? openTasks.without(OpenTask.of(task))
                : openTasks.with(OpenTask.of(task), task.expiresAt());
    }

    int purgeTasks(Instant now) {
        int gone = 0;
        for (Tree.Node<Due<String>, String> entry : tasksByExpiry.entries()) {
            if (entry.key.at().isAfter(now)) {
                break;
            }
            removeTask(Objects.requireNonNull(tasks.get(entry.value)));
            gone++;
        }
        return gone;
    }

    void removeTask(StoredTask row) {
        Task task = row.task();
        tasks = tasks.without(task.id());
        tasksByExpiry = tasksByExpiry.without(new Due<>(task.expiresAt(), task.id()));
        openTasks = openTasks.without(OpenTask.of(task));
        characters -= row.size();
    }

    // Sessions

    void putSession(SessionKey key, SessionNotes notes, Instant now) {
        SessionNotes old = sessions.get(key);
        if (old == null) {
            if (sessions.size() >= bounds.sessions()) {
                purgeSessions(now);
            }
            refuseBeyond("sessions with notes", sessions.size() + 1L, bounds.sessions());
        }
        grow(old == null ? size(notes) : size(notes) - size(old));
        if (old != null) {
            sessionsByExpiry = sessionsByExpiry.without(new Due<>(old.expiresAt(), key));
        }
        sessions = sessions.with(key, notes);
        sessionsByExpiry = sessionsByExpiry.with(new Due<>(notes.expiresAt(), key), key);
    }

    int purgeSessions(Instant now) {
        int gone = 0;
        for (Tree.Node<Due<SessionKey>, SessionKey> entry : sessionsByExpiry.entries()) {
            if (entry.key.at().isAfter(now)) {
                break;
            }
            removeSession(entry.value, Objects.requireNonNull(sessions.get(entry.value)));
            gone++;
        }
        return gone;
    }

    void removeSession(SessionKey key, SessionNotes notes) {
        characters -= size(notes);
        sessions = sessions.without(key);
        sessionsByExpiry = sessionsByExpiry.without(new Due<>(notes.expiresAt(), key));
    }

    // Answers kept for requests that come again

    void putAnswer(AnswerKey key, IdempotentAnswer answer, Instant now) {
        IdempotentAnswer old = answers.get(key);
        if (old != null) {
            if (old.expiresAt().isAfter(now)) {
                throw new IllegalStateException(
                        "there is an answer for this idempotency key already; lock the key first");
            }
            removeAnswer(new Due<>(old.expiresAt(), key));
        }
        if (answers.size() >= bounds.answers()) {
            purgeAnswers(now);
        }
        refuseBeyond("answers for idempotency keys", answers.size() + 1L, bounds.answers());
        grow(size(answer));
        answers = answers.with(key, answer);
        answersByExpiry = answersByExpiry.with(new Due<>(answer.expiresAt(), key), key);
    }

    int purgeAnswers(Instant now) {
        int gone = 0;
        for (Tree.Node<Due<AnswerKey>, AnswerKey> entry : answersByExpiry.entries()) {
            if (entry.key.at().isAfter(now)) {
                break;
            }
            removeAnswer(entry.key);
            gone++;
        }
        return gone;
    }

    void removeAnswer(Due<AnswerKey> end) {
        characters -= size(Objects.requireNonNull(answers.get(end.key())));
        answers = answers.without(end.key());
        answersByExpiry = answersByExpiry.without(end);
    }

    // Audit

    /** The oldest entries of all tenants make room: an act is not refused because its log is full. */
    void appendAudit(AuditEntry entry) {
        audit = audit.with(new Position(entry.at(), entry.id()), entry);
        while (audit.size() > bounds.auditEntries()) {
            audit = audit.without(Objects.requireNonNull(audit.lastKey()));
        }
    }

    int purgeAudit(Instant before) {
        int gone = 0;
        for (Position oldest = audit.lastKey();
                oldest != null && oldest.createdAt().isBefore(before);
                oldest = audit.lastKey()) {
            audit = audit.without(oldest);
            gone++;
        }
        return gone;
    }

    // Bounds

    void refuseBeyond(String what, long wanted, long bound) {
        if (wanted > bound) {
            throw new MeshException(
                    ErrorCode.OVERLOADED,
                    "The in-memory store is full: it holds at most " + bound + " " + what + ".",
                    "Delete what is not needed, raise the bound in InMemoryBounds, or keep the data in PostgreSQL.");
        }
    }

    private void grow(long size) {
        refuseBeyond("characters", characters + size, bounds.characters());
        characters += size;
    }

    private static long size(Context context) {
        return context.name().length() + context.agent().length() + size(context.metadata());
    }

    private static long size(Role role) {
        return role.name().length()
                + role.allowed().names().stream().mapToLong(String::length).sum();
    }

    private static long size(Job job) {
        return size(job.payload());
    }

    private static long size(Task task) {
        long size = size(task.call().arguments());
        size += task.result().map(Tables::size).orElse(0L);
        for (TaskQuestion question : task.questions().values()) {
            size += size(question.params()) + size(question.schema());
        }
        for (GivenAnswer answer : task.answers().values()) {
            size += size(answer.response());
        }
        return size;
    }

    private static long size(IdempotentAnswer answer) {
        long size =
                answer.caller().length() + answer.key().length() + answer.body().length();
        for (Map.Entry<String, String> header : answer.headers().entrySet()) {
            size += header.getKey().length() + header.getValue().length();
        }
        return size;
    }

    private static long size(SessionNotes notes) {
        long size = 0;
        for (String resource : notes.resources()) {
            size += resource.length();
        }
        return size;
    }

    private static long size(JsonNode json) {
        return json.isEmpty() && json.isContainer() ? 2 : Json.bytes(json).length;
    }

    // Rows and the keys of indexes

    /**
     * A context and its items by their {@code seq}.
     *
     * @param lastSeq of the item appended last, whether or not it is still there
     */
    record StoredContext(Context context, Tree<Long, StoredItem> items, long lastSeq, long size) {}

    /** An embedding and how many items have it. */
    record Shared(Embedded embedded, int uses) {}

    /** An item by its place. */
    record ItemKey(String contextId, long seq) implements Comparable<ItemKey> {

        static ItemKey of(StoredItem row) {
            return new ItemKey(row.item().contextId(), row.item().seq());
        }

        static Due<ItemKey> due(StoredItem row) {
            return new Due<>(row.due(), of(row));
        }

        @Override
        public int compareTo(ItemKey other) {
            int order = contextId.compareTo(other.contextId);
            return order != 0 ? order : Long.compare(seq, other.seq);
        }
    }

    /**
     * A user with what it has.
     *
     * @param roles the ids of its roles
     * @param tools what it may run by tool permissions
     */
    record StoredUser(User user, Set<String> roles, Set<String> tools) {

        StoredUser {
            roles = Set.copyOf(roles);
            tools = Set.copyOf(tools);
        }

        StoredUser without(Role role) {
            Set<String> rest = new HashSet<>(roles);
            rest.remove(role.id());
            return new StoredUser(user, rest, tools);
        }

        long size() {
            return user.email().length()
                    + user.name().length()
                    + user.subject().length()
                    + tools.stream().mapToLong(String::length).sum();
        }
    }

    /** A task with its size. */
    record StoredTask(Task task, long size) {}

    /** A task that is not finished, beside the others of its credential. */
    record OpenTask(String tenant, String credential, String id) implements Comparable<OpenTask> {

        static OpenTask of(Task task) {
            return new OpenTask(task.tenant().id(), task.owner().credentialId(), task.id());
        }

        boolean isOf(String otherTenant, String otherCredential) {
            return tenant.equals(otherTenant) && credential.equals(otherCredential);
        }

        @Override
        public int compareTo(OpenTask other) {
            int order = tenant.compareTo(other.tenant);
            order = order != 0 ? order : credential.compareTo(other.credential);
            return order != 0 ? order : id.compareTo(other.id);
        }
    }

    /** A place in a tenant's listing, newest first. */
    record Listed(String tenant, Position position) implements Comparable<Listed> {

        private static final Position BEFORE_ALL = new Position(Instant.MAX, "");

        static Listed of(Context context) {
            return new Listed(context.tenant().id(), new Position(context.createdAt(), context.id()));
        }

        static Listed of(ApiKey key) {
            return new Listed(key.tenant().id(), new Position(key.createdAt(), key.id()));
        }

        static Listed of(User user) {
            return new Listed(user.tenant().id(), new Position(user.createdAt(), user.id()));
        }

        /** The entries from the tenant's first, or behind the place, on to those of the tenants that follow. */
        static Iterable<Tree.Node<Listed, String>> of(
                Tree<Listed, String> index, String tenant, @Nullable Position after) {
            return index.above(new Listed(tenant, after == null ? BEFORE_ALL : after));
        }

        @Override
        public int compareTo(Listed other) {
            int order = tenant.compareTo(other.tenant);
            return order != 0 ? order : position.compareTo(other.position);
        }
    }

    /** What happened or happens at a time. */
    record Due<K extends Comparable<K>>(Instant at, K key) implements Comparable<Due<K>> {
        @Override
        public int compareTo(Due<K> other) {
            int order = at.compareTo(other.at);
            return order != 0 ? order : key.compareTo(other.key);
        }
    }

    /** A session: its id is its own only within its tenant. */
    record SessionKey(String tenant, String id) implements Comparable<SessionKey> {
        @Override
        public int compareTo(SessionKey other) {
            int order = tenant.compareTo(other.tenant);
            return order != 0 ? order : id.compareTo(other.id);
        }
    }

    /** An idempotency key: it is a caller's own within its tenant. */
    record AnswerKey(String tenant, String caller, String key) implements Comparable<AnswerKey> {
        @Override
        public int compareTo(AnswerKey other) {
            int order = tenant.compareTo(other.tenant);
            order = order != 0 ? order : caller.compareTo(other.caller);
            return order != 0 ? order : key.compareTo(other.key);
        }
    }

    /** What has this name in a tenant, among others of its kind: the one live job of a queue, a user by its email, a role. */
    record Named(String tenant, String kind, String name) implements Comparable<Named> {

        static Named email(User user) {
            return new Named(user.tenant().id(), "email", user.email());
        }

        static Named subject(User user) {
            return subject(user.tenant(), user.subject());
        }

        static Named subject(Tenant tenant, String subject) {
            return new Named(tenant.id(), "subject", subject);
        }

        static Named of(Role role) {
            return role(role.tenant(), role.name());
        }

        static Named role(Tenant tenant, String name) {
            return new Named(tenant.id(), "role", name);
        }

        @Override
        public int compareTo(Named other) {
            int order = tenant.compareTo(other.tenant);
            order = order != 0 ? order : kind.compareTo(other.kind);
            return order != 0 ? order : name.compareTo(other.name);
        }
    }

    /** A live job's turn to be handed to the queue: never handed over first, then longest ago. */
    record Ticket(Instant deliveredAt, long number) implements Comparable<Ticket> {
        @Override
        public int compareTo(Ticket other) {
            int order = deliveredAt.compareTo(other.deliveredAt);
            return order != 0 ? order : Long.compare(number, other.number);
        }
    }
}
