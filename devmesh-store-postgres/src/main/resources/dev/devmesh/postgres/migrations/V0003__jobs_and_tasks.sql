-- Payloads, arguments and results are json: what clients sent comes back as they spelled it, U+0000 escapes included.
-- delivered_at is -infinity while a job was never handed to the queue; number is the order of recording.
CREATE TABLE devmesh.jobs (
    id           text COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id    text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    queue        text NOT NULL,
    type         text NOT NULL,
    payload      json NOT NULL,
    dedupe_key   text NOT NULL,
    number       bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    state        text NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'done', 'dead')),
    attempt      integer NOT NULL DEFAULT 0,
    lease_token  bigint NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    run_at       timestamptz NOT NULL,
    delivered_at timestamptz NOT NULL DEFAULT '-infinity',
    done_at      timestamptz
);

CREATE UNIQUE INDEX idx_jobs_live_dedupe ON devmesh.jobs (tenant_id, queue, dedupe_key)
    WHERE state = 'live' AND dedupe_key <> '';
CREATE INDEX idx_jobs_live_delivery ON devmesh.jobs (delivered_at, number) WHERE state = 'live';
CREATE INDEX idx_jobs_done ON devmesh.jobs (done_at) WHERE state = 'done';

ALTER TABLE devmesh.jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.jobs FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY operator_reads ON devmesh.jobs FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.jobs TO devmesh_app;
GRANT SELECT ON devmesh.jobs TO devmesh_operator;
CREATE POLICY system_reads ON devmesh.jobs FOR SELECT TO devmesh_system USING (true);
GRANT SELECT ON devmesh.jobs TO devmesh_system;
CREATE POLICY system_notes ON devmesh.jobs FOR UPDATE TO devmesh_system USING (true) WITH CHECK (true);
GRANT UPDATE (delivered_at) ON devmesh.jobs TO devmesh_system;
CREATE POLICY system_purges ON devmesh.jobs FOR DELETE TO devmesh_system USING (true);
GRANT DELETE ON devmesh.jobs TO devmesh_system;

CREATE TABLE devmesh.tasks (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id       text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    subject         text NOT NULL,
    user_id         text COLLATE "C",
    scopes          text[] NOT NULL,
    roles           text[] NOT NULL,
    plan            text NOT NULL,
    credential_id   text COLLATE "C" NOT NULL,
    tool            text NOT NULL,
    arguments       json NOT NULL,
    capabilities    text[] NOT NULL,
    traceparent     text NOT NULL,
    status          text NOT NULL,
    status_message  text NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    life_micros     bigint NOT NULL,
    poll_micros     bigint NOT NULL,
    result          json,
    failure_code    text,
    failure_message text,
    failure_fix     text,
    questions       json NOT NULL,
    answers         json NOT NULL,
    attempts        integer NOT NULL,
    settled         integer NOT NULL,
    revision        bigint NOT NULL
);

CREATE INDEX idx_tasks_open ON devmesh.tasks (tenant_id, credential_id) WHERE status IN ('working', 'input_required');
CREATE INDEX idx_tasks_expires ON devmesh.tasks (expires_at);

ALTER TABLE devmesh.tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.tasks FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY operator_reads ON devmesh.tasks FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.tasks TO devmesh_app;
GRANT SELECT ON devmesh.tasks TO devmesh_operator;
CREATE POLICY system_reads ON devmesh.tasks FOR SELECT TO devmesh_system USING (true);
GRANT SELECT ON devmesh.tasks TO devmesh_system;
CREATE POLICY system_purges ON devmesh.tasks FOR DELETE TO devmesh_system USING (true);
GRANT DELETE ON devmesh.tasks TO devmesh_system;
