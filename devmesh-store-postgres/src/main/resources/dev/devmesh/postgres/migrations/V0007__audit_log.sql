-- Who did what. The application writes and reads it and can neither change nor remove what is there: it has no such privilege. Only
-- the purge, as the system role, removes what is past its time.
CREATE TABLE devmesh.audit_log (
    id            text COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id     text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    created_at    timestamptz NOT NULL,
    subject       text NOT NULL,
    credential_id text NOT NULL,
    action        text COLLATE "C" NOT NULL,
    object        text NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('ok', 'denied', 'failed')),
    detail        text NOT NULL,
    trace_id      text NOT NULL
);

CREATE INDEX idx_audit_log_tenant_created ON devmesh.audit_log (tenant_id, created_at DESC, id DESC);
CREATE INDEX idx_audit_log_created ON devmesh.audit_log (created_at);

ALTER TABLE devmesh.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.audit_log FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY operator_reads ON devmesh.audit_log FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT ON devmesh.audit_log TO devmesh_app;
GRANT SELECT ON devmesh.audit_log TO devmesh_operator;
CREATE POLICY system_reads ON devmesh.audit_log FOR SELECT TO devmesh_system USING (true);
GRANT SELECT ON devmesh.audit_log TO devmesh_system;
CREATE POLICY system_purges ON devmesh.audit_log FOR DELETE TO devmesh_system USING (true);
GRANT DELETE ON devmesh.audit_log TO devmesh_system;
