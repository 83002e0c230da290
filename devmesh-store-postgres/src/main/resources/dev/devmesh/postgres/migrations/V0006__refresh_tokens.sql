-- All tokens that come of one exchange of an API key. An access token names its family, and is good only while that is.
CREATE TABLE devmesh.token_families (
    id         text COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id  text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    key_id     text COLLATE "C" NOT NULL,
    scopes     text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    UNIQUE (tenant_id, id)
);

CREATE INDEX idx_token_families_expires ON devmesh.token_families (expires_at);

ALTER TABLE devmesh.token_families ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.token_families FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.token_families FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY operator_reads ON devmesh.token_families FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.token_families TO devmesh_app;
GRANT SELECT ON devmesh.token_families TO devmesh_operator;
CREATE POLICY system_reads ON devmesh.token_families FOR SELECT TO devmesh_system USING (true);
GRANT SELECT ON devmesh.token_families TO devmesh_system;
CREATE POLICY system_purges ON devmesh.token_families FOR DELETE TO devmesh_system USING (true);
GRANT DELETE ON devmesh.token_families TO devmesh_system;

-- The refresh tokens of a family, one after the other. Those that were used stay as long as it, because one that comes again tells
-- that it was stolen.
CREATE TABLE devmesh.refresh_tokens (
    token_hash text COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id  text COLLATE "C" NOT NULL,
    family_id  text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    FOREIGN KEY (tenant_id, family_id) REFERENCES devmesh.token_families (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_refresh_tokens_family ON devmesh.refresh_tokens (tenant_id, family_id);

ALTER TABLE devmesh.refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.refresh_tokens FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY operator_reads ON devmesh.refresh_tokens FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.refresh_tokens TO devmesh_app;
GRANT SELECT ON devmesh.refresh_tokens TO devmesh_operator;
CREATE POLICY system_reads ON devmesh.refresh_tokens FOR SELECT TO devmesh_system USING (true);
GRANT SELECT ON devmesh.refresh_tokens TO devmesh_system;
