CREATE TABLE devmesh.mcp_sessions (
    tenant_id  text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    id         text COLLATE "C" NOT NULL,
    level      text,
    resources  text[] NOT NULL,
    deleted    boolean NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX idx_mcp_sessions_expires ON devmesh.mcp_sessions (expires_at);

ALTER TABLE devmesh.mcp_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.mcp_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.mcp_sessions FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY operator_reads ON devmesh.mcp_sessions FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.mcp_sessions TO devmesh_app;
GRANT SELECT ON devmesh.mcp_sessions TO devmesh_operator;
CREATE POLICY system_reads ON devmesh.mcp_sessions FOR SELECT TO devmesh_system USING (true);
GRANT SELECT ON devmesh.mcp_sessions TO devmesh_system;
CREATE POLICY system_purges ON devmesh.mcp_sessions FOR DELETE TO devmesh_system USING (true);
GRANT DELETE ON devmesh.mcp_sessions TO devmesh_system;

CREATE TABLE devmesh.idempotency_keys (
    tenant_id    text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    caller       text COLLATE "C" NOT NULL,
    key          text COLLATE "C" NOT NULL,
    request_hash text NOT NULL,
    status       integer NOT NULL,
    headers      json NOT NULL,
    body         text NOT NULL,
    context_id   text COLLATE "C",
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, caller, key)
);

CREATE INDEX idx_idempotency_keys_context ON devmesh.idempotency_keys (tenant_id, context_id)
    WHERE context_id IS NOT NULL;
CREATE INDEX idx_idempotency_keys_expires ON devmesh.idempotency_keys (expires_at);

ALTER TABLE devmesh.idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.idempotency_keys FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY operator_reads ON devmesh.idempotency_keys FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.idempotency_keys TO devmesh_app;
GRANT SELECT ON devmesh.idempotency_keys TO devmesh_operator;
CREATE POLICY system_reads ON devmesh.idempotency_keys FOR SELECT TO devmesh_system USING (true);
GRANT SELECT ON devmesh.idempotency_keys TO devmesh_system;
CREATE POLICY system_purges ON devmesh.idempotency_keys FOR DELETE TO devmesh_system USING (true);
GRANT DELETE ON devmesh.idempotency_keys TO devmesh_system;
