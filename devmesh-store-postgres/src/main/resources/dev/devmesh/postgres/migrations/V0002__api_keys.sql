CREATE TABLE devmesh.api_keys (
    key_id       text COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id    text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    user_id      text NOT NULL,
    name         text NOT NULL,
    key_hash     text COLLATE "C" NOT NULL UNIQUE,
    scopes       text[] NOT NULL,
    plan         text NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);

CREATE INDEX idx_api_keys_tenant_created ON devmesh.api_keys (tenant_id, created_at DESC, key_id DESC);

ALTER TABLE devmesh.api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.api_keys FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY operator_reads ON devmesh.api_keys FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.api_keys TO devmesh_app;
GRANT SELECT ON devmesh.api_keys TO devmesh_operator;
CREATE POLICY system_reads ON devmesh.api_keys FOR SELECT TO devmesh_system USING (true);
GRANT SELECT ON devmesh.api_keys TO devmesh_system;
CREATE POLICY system_notes ON devmesh.api_keys FOR UPDATE TO devmesh_system USING (true) WITH CHECK (true);
GRANT UPDATE (last_used_at) ON devmesh.api_keys TO devmesh_system;

-- The SHA-256 by which a key's secret is looked up.
CREATE FUNCTION devmesh.key_hash(secret text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT encode(sha256(convert_to(secret, 'UTF8')), 'hex') $$;
